/// Each family of ops adds the meanings of its ops to the table.
#ifndef ATTENTION_INTERPRETER_FAMILIES_H
#define ATTENTION_INTERPRETER_FAMILIES_H

namespace attention {

class HandlerTable;

void addAffine(HandlerTable &table);
void addArithFloats(HandlerTable &table);
void addArithIntegers(HandlerTable &table);
void addArithCasts(HandlerTable &table);
void addMath(HandlerTable &table);
void addTensorElements(HandlerTable &table);
void addTensorShapes(HandlerTable &table);
void addTensorSlices(HandlerTable &table);
void addLinalg(HandlerTable &table);
void addScf(HandlerTable &table);
void addFunc(HandlerTable &table);
void addGlue(HandlerTable &table);
void addPositions(HandlerTable &table);
void addAttend(HandlerTable &table);
void addStates(HandlerTable &table);
void addSegments(HandlerTable &table);
void addEvolve(HandlerTable &table);

} // namespace attention

#endif // ATTENTION_INTERPRETER_FAMILIES_H
