//===- A compiled model inside of a program -------------------------------===//
//
// test/unit/Inputs/weighted.mlir as an object file and a header: its weights
// are prepared by code of the program itself.
//
//===----------------------------------------------------------------------===//
#include "ToyModel.h"
#include "weighted.h"

#include <cmath>

static Weights weightOf(const std::vector<float> &values) {
  attn_weights *made;
  EXPECT_OK(attn_weights_create(&made));
  const int64_t shape[] = {4, 3};
  EXPECT_OK(
      attn_weights_add(made, "w", ATTN_TYPE_F32, shape, 2, values.data()));
  return Weights(made);
}

TEST(Linked, prepares_its_weights) {
  attn_model *made;
  ASSERT_OK(attn_model_link(&weighted_artifact, &made));
  const Model model(made);
  const attn_function *function = find(model, "turn");
  EXPECT_EQ(attn_function_weight_count(function), 1);
  EXPECT_EQ(attn_function_prepared_bytes(function), 64);
  std::vector<float> w(12), x(20), y(15);
  std::iota(w.begin(), w.end(), 0.0f);
  std::iota(x.begin(), x.end(), -7.0f);
  const Weights weights = weightOf(w);
  const int64_t shape[] = {5, 4};
  for (int64_t workers : {1, 3}) {
    const Pool pool = makePool(workers);
    const Runner runner = makeRunner(function, weights, pool);
    int64_t planned[2], bytes;
    ASSERT_OK(weighted_turn_plan(runner.get(), shape, planned, &bytes));
    static Workspace workspace;
    ASSERT_LE(bytes, int64_t(sizeof(workspace)));
    ASSERT_OK(weighted_turn(runner.get(), x.data(), shape, y.data(), planned,
                            &workspace, bytes));
    for (int row = 0; row < 5; ++row)
      for (int column = 0; column < 3; ++column) {
        float expected = 0;
        for (int i = 0; i < 4; ++i)
          expected += 2 * x[row * 4 + i] * w[i * 3 + column];
        EXPECT_EQ(y[row * 3 + column], expected);
      }
  }
}

namespace {
constexpr int64_t heads = 2, columns = 64;

/// A tensor [1, heads, rows, columns] that begins `offset` bytes behind a line.
class Placed {
public:
  Placed(int64_t rows, size_t offset)
      : shape{1, heads, rows, columns},
        memory(heads * rows * columns * sizeof(float) + 128) {
    const auto address = reinterpret_cast<uintptr_t>(memory.data());
    data = reinterpret_cast<float *>(memory.data() + (-address & 63u) + offset);
    for (int64_t i = 0; i < count(); ++i)
      data[i] = std::sin(float(i * (rows + 1) % 1009));
  }
  int64_t count() const { return heads * shape[2] * columns; }
  float &at(int64_t head, int64_t row, int64_t column) const {
    return data[(head * shape[2] + row) * columns + column];
  }
  attn_tensor tensor() const { return {data, shape, ATTN_TYPE_F32, 4}; }
  const int64_t shape[4];
  float *data;

private:
  std::vector<char> memory;
};

double mixed(const Placed &q, const Placed &k, const Placed &v, int64_t head,
             int64_t query, int64_t column) {
  double sum = 0, weights = 0;
  for (int64_t key = 0; key < k.shape[2]; ++key) {
    double score = 0;
    for (int64_t i = 0; i < columns; ++i)
      score += double(q.at(head, query, i)) * k.at(head, key, i);
    const double weight = std::exp(score / std::sqrt(double(columns)));
    weights += weight;
    sum += weight * v.at(head, key, column);
  }
  return sum / weights;
}
} // namespace

TEST(Linked, attends_wherever_tensors_lie) {
  attn_model *made;
  ASSERT_OK(attn_model_link(&weighted_artifact, &made));
  const Model model(made);
  const Pool pool = makePool(2);
  const Runner runner = makeRunner(find(model, "mix"), {}, pool);
  // One tile of queries for each head, and three.
  for (int64_t queries : {100, 300}) {
    std::vector<std::vector<float>> outputs;
    for (size_t offset : {0, 4, 16}) {
      const Placed q(queries, offset), k(130, offset), v(130, offset),
          o(queries, offset);
      const attn_tensor inputs[] = {q.tensor(), k.tensor(), v.tensor()},
                        results[] = {o.tensor()};
      int64_t planned[4], bytes;
      ASSERT_OK(attn_runner_plan(runner.get(), inputs, planned, &bytes));
      static Workspace workspace;
      ASSERT_LE(bytes, int64_t(sizeof(workspace)));
      ASSERT_OK(
          attn_runner_run(runner.get(), inputs, results, &workspace, bytes));
      for (int64_t query : {int64_t(0), queries - 1})
        for (int64_t head = 0; head < heads; ++head)
          EXPECT_NEAR(o.at(head, query, 5), mixed(q, k, v, head, query, 5),
                      1e-6);
      outputs.emplace_back(o.data, o.data + o.count());
    }
    EXPECT_EQ(outputs[0], outputs[1]);
    EXPECT_EQ(outputs[0], outputs[2]);
  }
}
