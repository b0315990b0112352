/// Runs functions of a model by the float64 meaning of every op: the executable
/// specification. Naive on purpose, and independent of all lowering code.
#ifndef ATTENTION_INTERPRETER_INTERPRETER_H
#define ATTENTION_INTERPRETER_INTERPRETER_H

#include "interpreter/Datum.h"
#include "mlir/IR/Operation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/DenseMap.h"
#include <functional>

namespace attention {

class Frame;

/// The meaning of one op: reads its operands from the frame and sets its
/// results there. Bad values are reported through `op->emitError`.
using Handler = std::function<llvm::LogicalResult(mlir::Operation *, Frame &)>;

/// The meaning of every op, by its name.
class HandlerTable {
public:
  explicit HandlerTable(mlir::MLIRContext *context) : context(context) {}
  void add(llvm::StringRef name, Handler handler);
  const Handler *find(mlir::OperationName name) const;
  mlir::MLIRContext *getContext() const { return context; }

private:
  mlir::MLIRContext *context;
  llvm::DenseMap<mlir::OperationName, Handler> handlers;
};

class Interpreter {
public:
  /// `threads`: how many work on one op; results do not depend on it.
  Interpreter(mlir::Operation *module, int64_t threads = 1);

  /// Runs a function on arguments of its types. On failure a diagnostic has
  /// been emitted that names the place in the model. `depth`: how many calls
  /// are open around it.
  llvm::LogicalResult call(mlir::FunctionOpInterface function,
                           llvm::ArrayRef<Datum> arguments,
                           llvm::SmallVectorImpl<Datum> &results,
                           int64_t depth = 0) const;

  mlir::FunctionOpInterface lookup(llvm::StringRef name) const;
  const HandlerTable &table() const { return handlers; }
  int64_t threads() const { return threadCount; }

private:
  mlir::SymbolTable symbols;
  HandlerTable handlers;
  int64_t threadCount;
};

/// The values of one activation of a function, or of a region within it whose
/// frame reads what is around it from its parent.
class Frame {
public:
  explicit Frame(const Interpreter &interpreter, int64_t depth = 0)
      : interpreter(interpreter), depth(depth) {}
  explicit Frame(const Frame &around)
      : interpreter(around.interpreter), parent(&around), depth(around.depth),
        iteration(around.iteration) {}

  const Datum &get(mlir::Value value) const;
  void set(mlir::Value value, Datum datum) { values[value] = std::move(datum); }

  const Array &array(mlir::Value value) const { return get(value).array(); }
  int64_t integer(mlir::Value value) const { return get(value).integer(); }
  double real(mlir::Value value) const { return get(value).real(); }
  /// The integers that a mixed static and dynamic list stands for.
  Shape integers(llvm::ArrayRef<mlir::OpFoldResult> mixed) const;

  /// Runs the ops of a region's single block; `yielded` is what its terminator
  /// holds.
  llvm::LogicalResult run(mlir::Region &region, llvm::ArrayRef<Datum> arguments,
                          llvm::SmallVectorImpl<Datum> &yielded);

  const Interpreter &interpreter;

private:
  llvm::LogicalResult execute(mlir::Operation *op);
  void forgetAfter(mlir::Operation *op);

  const Frame *parent = nullptr;
  llvm::DenseMap<mlir::Value, Datum> values;

public:
  const int64_t depth; ///< how many calls are open
  /// Where the innermost structured op stands in its iteration space.
  llvm::ArrayRef<int64_t> iteration;
};

/// Fails with a diagnostic unless the datum can be a value of the type: sizes
/// must equal the static ones.
llvm::LogicalResult checkType(mlir::Operation *op, const Datum &datum,
                              mlir::Type type);

/// Fails with a diagnostic unless an array of these sizes can exist.
llvm::LogicalResult checkSizes(mlir::Operation *op,
                               llvm::ArrayRef<int64_t> sizes);

/// The value of a constant; null on an attribute that holds no numbers.
std::optional<Datum> constantDatum(mlir::Attribute value);

} // namespace attention

#endif // ATTENTION_INTERPRETER_INTERPRETER_H
