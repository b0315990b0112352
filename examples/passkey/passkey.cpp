/// Asks compiled models for passkeys that stand ever farther back, and counts
/// those found: by segment memory, and by plain recurrence beside it.
#include "runtime/attention.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace {

constexpr int64_t segment = 16, symbols = 28, key = 26, query = 27, digits = 4;
constexpr int64_t together = 20; // cases side by side in one run

[[noreturn]] void fail(const std::string &message) {
  std::fprintf(stderr, "passkey: error: %s\n", message.c_str());
  std::exit(1);
}

/// Prints what went wrong, if anything did, and ends the program.
void check(attn_status *status) {
  if (status)
    fail(attn_status_message(status));
}

/// What owns an object of the C ABI.
template <typename T> using Owned = std::unique_ptr<T, void (*)(T *)>;

/// Sequences side by side: symbols at random, in the first segment KEY and four
/// digits, and at the end four times QUERY, which asks for those digits.
struct Cases {
  Cases(int64_t count, int64_t tokens, std::mt19937 &random);

  const int64_t count, tokens;
  std::vector<int64_t> ids, answers;
};

Cases::Cases(int64_t count, int64_t tokens, std::mt19937 &random)
    : count(count), tokens(tokens) {
  const auto draw = [&](int64_t limit) {
    return std::uniform_int_distribution<int64_t>(0, limit - 1)(random);
  };
  for (int64_t sequence = 0; sequence < count; ++sequence) {
    std::vector<int64_t> row(static_cast<size_t>(tokens));
    for (int64_t &id : row)
      id = draw(key);
    auto place = row.begin() + draw(segment - digits);
    *place = key;
    for (int64_t i = 0; i < digits; ++i)
      answers.push_back(*++place = draw(10));
    std::fill(row.end() - digits, row.end(), query);
    ids.insert(ids.end(), row.begin(), row.end());
  }
}

/// A function of the model with its weights.
class Reader {
public:
  Reader(const attn_model *model, const char *function, const char *weights,
         attn_pool *pool);

  /// How many of the cases it answers with all four digits.
  int64_t found(const Cases &cases);

  /// What a run of a sequence of so many tokens works in.
  int64_t workspaceBytes(int64_t tokens);

private:
  int64_t plan(const attn_tensor &ids);

  Owned<attn_weights> weights{nullptr, attn_weights_free};
  Owned<attn_runner> runner{nullptr, attn_runner_free};
};

Reader::Reader(const attn_model *model, const char *function, const char *path,
               attn_pool *pool) {
  const attn_function *read;
  check(attn_model_find(model, function, &read));
  attn_weights *newWeights;
  check(attn_weights_create(&newWeights));
  weights.reset(newWeights);
  check(attn_weights_add_file(newWeights, path));
  attn_runner *newRunner;
  check(attn_runner_create(read, newWeights, pool, &newRunner));
  runner.reset(newRunner);
}

int64_t Reader::plan(const attn_tensor &ids) {
  int64_t bytes;
  check(attn_runner_plan(runner.get(), &ids, nullptr, &bytes));
  return bytes;
}

int64_t Reader::workspaceBytes(int64_t tokens) {
  const int64_t shape[] = {1, tokens};
  return plan({nullptr, shape, ATTN_TYPE_I64, 2});
}

int64_t Reader::found(const Cases &cases) {
  const int64_t shape[] = {cases.count, cases.tokens};
  const attn_tensor ids{const_cast<int64_t *>(cases.ids.data()), shape,
                        ATTN_TYPE_I64, 2};
  const auto bytes = static_cast<size_t>(plan(ids) + 63) / 64 * 64;
  const Owned<void> workspace(std::aligned_alloc(64, bytes), std::free);
  if (bytes && !workspace)
    fail("not enough memory for the workspace");
  std::vector<float> logits(cases.ids.size() * symbols);
  const int64_t sizes[] = {cases.count, cases.tokens, symbols};
  const attn_tensor result{logits.data(), sizes, ATTN_TYPE_F32, 3};
  check(attn_runner_run(runner.get(), &ids, &result, workspace.get(),
                        static_cast<int64_t>(bytes)));
  int64_t right = 0;
  for (int64_t sequence = 0; sequence < cases.count; ++sequence) {
    const float *row =
        logits.data() + ((sequence + 1) * cases.tokens - digits) * symbols;
    bool all = true;
    for (int64_t i = 0; i < digits; ++i, row += symbols)
      all &= std::max_element(row, row + symbols) - row ==
             cases.answers[static_cast<size_t>(sequence * digits + i)];
    right += all;
  }
  return right;
}

/// A whole number of at least `least`.
int64_t parse(const char *text, int64_t least) {
  char *end;
  const long long number = std::strtoll(text, &end, 10);
  if (end == text || *end || number < least)
    fail("expects a number of at least " + std::to_string(least) +
         ", but got " + text);
  return number;
}

/// One line of the table for each distance; whether both did what is expected:
/// the memory finds 95 percent everywhere, and plain recurrence 1 percent at
/// most beyond its reach.
bool compare(Reader &memory, Reader &plain, int64_t count,
             const std::vector<int64_t> &distances) {
  constexpr int64_t reach = 3; // segments: its own, and one for each layer
  std::mt19937 random(1);
  bool expected = true;
  std::printf("segments   tokens  segment memory  plain recurrence   of %lld\n",
              static_cast<long long>(count));
  for (int64_t segments : distances) {
    int64_t byMemory = 0, byPlain = 0;
    for (int64_t first = 0; first < count; first += together) {
      const Cases cases(std::min(together, count - first), segments * segment,
                        random);
      byMemory += memory.found(cases);
      byPlain += plain.found(cases);
    }
    std::printf("%8lld %8lld %15lld %17lld\n",
                static_cast<long long>(segments),
                static_cast<long long>(segments * segment),
                static_cast<long long>(byMemory),
                static_cast<long long>(byPlain));
    std::fflush(stdout);
    expected &= byMemory * 100 >= count * 95;
    expected &= segments <= reach || byPlain * 100 <= count;
  }
  return expected;
}

/// What a run takes besides ids and logits; whether it does not grow.
bool compareWorkspace(Reader &memory, Reader &plain) {
  constexpr int64_t few = 4096, many = 262144;
  for (int64_t tokens : {few, many})
    std::printf("workspace of %6lld tokens: %lld bytes with segment memory, "
                "%lld with plain recurrence\n",
                static_cast<long long>(tokens),
                static_cast<long long>(memory.workspaceBytes(tokens)),
                static_cast<long long>(plain.workspaceBytes(tokens)));
  return memory.workspaceBytes(few) == memory.workspaceBytes(many) &&
         plain.workspaceBytes(few) == plain.workspaceBytes(many);
}

} // namespace

int main(int argc, char **argv) {
  if (argc < 6) {
    std::fprintf(stderr, "usage: passkey MODEL.so SEGMENT.safetensors "
                         "PLAIN.safetensors CASES SEGMENTS...\n");
    return 1;
  }
  attn_model *newModel;
  check(attn_model_load(argv[1], &newModel));
  const Owned<attn_model> model(newModel, attn_model_free);
  attn_pool *newPool;
  check(attn_pool_create(0, &newPool));
  const Owned<attn_pool> pool(newPool, attn_pool_free);
  Reader memory(newModel, "segment_memory", argv[2], newPool);
  Reader plain(newModel, "plain_recurrence", argv[3], newPool);
  std::vector<int64_t> distances;
  for (int i = 5; i < argc; ++i)
    distances.push_back(parse(argv[i], 2));
  const bool found = compare(memory, plain, parse(argv[4], 1), distances);
  const bool flat = compareWorkspace(memory, plain);
  if (!found)
    std::puts("not as expected: segment memory finds 95 percent, plain "
              "recurrence none beyond 3 segments");
  if (!flat)
    std::puts("not as expected: the workspace grows with the length");
  return found && flat ? 0 : 1;
}
