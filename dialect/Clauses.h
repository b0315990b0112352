/// What `attend` and `visit` check alike: tensors, clauses and regions.
#ifndef ATTENTION_DIALECT_CLAUSES_H
#define ATTENTION_DIALECT_CLAUSES_H

#include "dialect/Attention.h"

namespace attention {

/// The name of a clause as the text spells it.
llvm::StringRef clauseName(Clause clause);

/// The type of `value`, if it is a tensor of as many sizes as `sizes` names;
/// else null, after an error. Result types are inferred before operand types
/// are verified, so inference must not trust them.
mlir::RankedTensorType tensorOfRank(std::optional<mlir::Location> loc,
                                    llvm::StringRef what, mlir::Value value,
                                    llvm::ArrayRef<llvm::StringRef> sizes);

/// `attendedType` of operands that are not verified yet.
mlir::FailureOr<mlir::RankedTensorType>
inferAttended(std::optional<mlir::Location> loc, mlir::Value query,
              mlir::Value key, mlir::Value value);

/// The sizes of a tensor of `attendedType`.
llvm::SmallVector<mlir::OpFoldResult>
attendedSizes(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value query,
              mlir::Value key, mlir::Value value);

/// (C1) to (C5) of `attend`.
mlir::LogicalResult verifyTensors(mlir::Operation *op,
                                  mlir::RankedTensorType query,
                                  mlir::RankedTensorType key,
                                  mlir::RankedTensorType value);

/// Fails if `given` and the variant does not accept the clause, or if not and
/// it needs it. (C6)
mlir::LogicalResult verifyClause(mlir::Operation *op, VariantInterface variant,
                                 Clause clause, bool given);

/// Fails unless each size of `actual` can be that of `expected`. `what` names
/// the operand.
mlir::LogicalResult verifySizes(mlir::Operation *op, llvm::StringRef what,
                                llvm::ArrayRef<int64_t> actual,
                                llvm::ArrayRef<int64_t> expected);

/// As `verifySizes`, but any size may be 1.
mlir::LogicalResult verifyBroadcast(mlir::Operation *op, llvm::StringRef what,
                                    llvm::ArrayRef<int64_t> actual,
                                    llvm::ArrayRef<int64_t> expected);

/// (C14) to (C16) of `attend`: decay, beta, remove and replace.
mlir::LogicalResult verifyMemoryClauses(AttendOp op);
mlir::LogicalResult verifyMemoryClauses(ContinueOp op);

/// Checks arguments and results of a `score` or `visible` region.
mlir::LogicalResult verifyScoreRegion(mlir::Operation *op, mlir::Region &region,
                                      mlir::FloatType score);
mlir::LogicalResult verifyVisibleRegion(mlir::Operation *op,
                                        mlir::Region &region);

/// `[rows, keys]` of a window: in a list of clauses the generated parser would
/// read an array of another kind.
mlir::ParseResult parseTile(mlir::OpAsmParser &parser,
                            mlir::DenseI64ArrayAttr &tile);
void printTile(mlir::OpAsmPrinter &printer, mlir::Operation *op,
               mlir::DenseI64ArrayAttr tile);

/// The step of `evolve`: a number, or one or two values with their types.
mlir::ParseResult
parseStep(mlir::OpAsmParser &parser, mlir::FloatAttr &step,
          llvm::SmallVectorImpl<mlir::OpAsmParser::UnresolvedOperand> &values,
          llvm::SmallVectorImpl<mlir::Type> &types);
void printStep(mlir::OpAsmPrinter &printer, mlir::Operation *op,
               mlir::FloatAttr step, mlir::OperandRange values,
               mlir::TypeRange types);

} // namespace attention

#endif // ATTENTION_DIALECT_CLAUSES_H
