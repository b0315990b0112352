/// Asks compiled models for passkeys that stand ever farther back, and counts
/// those found: by two segment memories, and by plain recurrence beside them.
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
  Reader(const attn_model *model, const char *function,
         const std::string &weights, attn_pool *pool);

  /// How many of the cases it answers with all four digits.
  int64_t found(const Cases &cases);

  /// What a run of a sequence of so many tokens works in.
  int64_t workspaceBytes(int64_t tokens);

private:
  int64_t plan(const attn_tensor &ids);

  Owned<attn_weights> weights{nullptr, attn_weights_free};
  Owned<attn_runner> runner{nullptr, attn_runner_free};
};

Reader::Reader(const attn_model *model, const char *function,
               const std::string &path, attn_pool *pool) {
  const attn_function *read;
  check(attn_model_find(model, function, &read));
  attn_weights *newWeights;
  check(attn_weights_create(&newWeights));
  weights.reset(newWeights);
  check(attn_weights_add_file(newWeights, path.c_str()));
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

/// The way a function remembers, and what its training lets expect: it finds
/// passkeys as far back as `reach` segments, if `fails` none behind that.
struct Memory {
  const char *title;
  Reader reader;
  int64_t reach;
  bool fails;

  bool expects(int64_t found, int64_t count, int64_t segments) const {
    if (segments <= reach)
      return found * 100 >= count * 95;
    return !fails || found * 100 <= count;
  }
};

/// One line of the table for each distance; whether all is as expected.
bool compare(std::vector<Memory> &memories, int64_t count,
             const std::vector<int64_t> &distances) {
  std::mt19937 random(1);
  bool expected = true;
  std::printf("found of %lld\nsegments   tokens",
              static_cast<long long>(count));
  for (const Memory &memory : memories)
    std::printf("  %s", memory.title);
  for (int64_t segments : distances) {
    std::vector<int64_t> found(memories.size());
    for (int64_t first = 0; first < count; first += together) {
      const Cases cases(std::min(together, count - first), segments * segment,
                        random);
      for (size_t i = 0; i < memories.size(); ++i)
        found[i] += memories[i].reader.found(cases);
    }
    std::printf("\n%8lld %8lld", static_cast<long long>(segments),
                static_cast<long long>(segments * segment));
    for (size_t i = 0; i < memories.size(); ++i) {
      const bool good = memories[i].expects(found[i], count, segments);
      std::printf("  %*lld%s", static_cast<int>(std::strlen(memories[i].title)),
                  static_cast<long long>(found[i]), good ? "" : " (!)");
      expected &= good;
    }
    std::fflush(stdout);
  }
  std::putchar('\n');
  return expected;
}

/// What runs take besides ids and logits; whether it does not grow.
bool compareWorkspace(std::vector<Memory> &memories) {
  bool flat = true;
  for (Memory &memory : memories) {
    const int64_t few = memory.reader.workspaceBytes(4096),
                  many = memory.reader.workspaceBytes(262144);
    std::printf("workspace of 4096 and of 262144 tokens, %s: %lld and %lld "
                "bytes\n",
                memory.title, static_cast<long long>(few),
                static_cast<long long>(many));
    flat &= few == many;
  }
  return flat;
}

/// A function that is causal within segments streams, too: what a session of it
/// keeps, however long the sequence is.
void showState(const attn_model *model, const char *function) {
  const attn_function *read, *step;
  check(attn_model_find(model, function, &read));
  check(attn_function_step(read, &step));
  for (const int64_t tokens : {4096, 262144}) {
    int64_t bytes;
    check(attn_session_state_bytes(step, 1, tokens, &bytes));
    std::printf("state of a session after %lld symbols, pooled memory: %lld "
                "bytes\n",
                static_cast<long long>(tokens), static_cast<long long>(bytes));
  }
}

} // namespace

int main(int argc, char **argv) {
  if (argc < 5) {
    std::fprintf(stderr,
                 "usage: passkey MODEL.so WEIGHTS-FOLDER CASES SEGMENTS...\n");
    return 1;
  }
  attn_model *model;
  check(attn_model_load(argv[1], &model));
  const Owned<attn_model> ownedModel(model, attn_model_free);
  attn_pool *pool;
  check(attn_pool_create(0, &pool));
  const Owned<attn_pool> ownedPool(pool, attn_pool_free);
  const auto reader = [&](const char *function, const char *weights) {
    return Reader(model, function, std::string(argv[2]) + "/" + weights, pool);
  };
  std::vector<Memory> memories;
  memories.push_back({"pooled memory",
                      reader("pooled_memory", "pooled.safetensors"), 64,
                      false});
  memories.push_back({"rewritten memory",
                      reader("rewritten_memory", "rewritten.safetensors"), 64,
                      false});
  // Its own segment, and one more for each of two layers.
  memories.push_back({"plain recurrence",
                      reader("plain_recurrence", "plain.safetensors"), 3,
                      true});
  const int64_t count = parse(argv[3], 1);
  std::vector<int64_t> distances;
  for (int i = 4; i < argc; ++i)
    distances.push_back(parse(argv[i], 2));
  const bool found = compare(memories, count, distances);
  const bool flat = compareWorkspace(memories);
  showState(model, "pooled_memory");
  if (!found)
    std::puts("not as expected: segment memories find 95 percent of up to 64 "
              "segments, plain recurrence none of more than 3");
  if (!flat)
    std::puts("not as expected: the workspace grows with the length");
  return found && flat ? 0 : 1;
}
