/// Generates text with the compiled character model, one character at a time: a
/// session remembers the prompt and what was generated in a state whose size
/// does not grow, and every character costs the same.
#include "runtime/attention.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace {

constexpr int64_t characters = 96;

/// Prints what went wrong, if anything did, and ends the program.
void check(attn_status *status) {
  if (!status)
    return;
  std::fprintf(stderr, "generate: error: %s\n", attn_status_message(status));
  attn_status_free(status);
  std::exit(1);
}

[[noreturn]] void fail(const std::string &message) {
  std::fprintf(stderr, "generate: error: %s\n", message.c_str());
  std::exit(1);
}

/// Ids are ASCII codes less 31, and 0 for the end of a line.
int64_t idOf(char c) {
  if (c != '\n' && (c < 32 || c > 126))
    fail("expects a prompt of printable ASCII characters");
  return c == '\n' ? 0 : c - 31;
}

char characterOf(int64_t id) {
  return id == 0 ? '\n' : static_cast<char>(id + 31);
}

/// What owns an object of the C ABI.
template <typename T> using Owned = std::unique_ptr<T, void (*)(T *)>;

/// The model with its weights, and one sequence.
class Writer {
public:
  Writer(const char *model, const char *weights);

  /// Feeds the next characters; the logits that follow the last of them.
  const float *feed(const std::vector<int64_t> &ids);

  /// How many characters it has been fed.
  int64_t seen() const { return attn_session_tokens(session.get()); }

  /// The state of a session that has seen as many characters.
  int64_t stateBytes() const {
    int64_t bytes;
    check(attn_session_state_bytes(step, 1, seen(), &bytes));
    return bytes;
  }

private:
  Owned<attn_model> model{nullptr, attn_model_free};
  Owned<attn_weights> weights{nullptr, attn_weights_free};
  Owned<attn_pool> pool{nullptr, attn_pool_free};
  Owned<attn_runner> runner{nullptr, attn_runner_free};
  Owned<attn_session> session{nullptr, attn_session_free};
  std::vector<float> logits;
  Owned<void> workspace{nullptr, std::free};
  int64_t workspaceBytes = 0;
  const attn_function *step = nullptr;
};

Writer::Writer(const char *modelPath, const char *weightsPath) {
  attn_model *newModel;
  check(attn_model_load(modelPath, &newModel));
  model.reset(newModel);
  attn_weights *newWeights;
  check(attn_weights_create(&newWeights));
  weights.reset(newWeights);
  check(attn_weights_add_file(newWeights, weightsPath));
  const attn_function *next;
  check(attn_model_find(newModel, "next", &next));
  check(attn_function_step(next, &step));
  // Two threads: for one row, a weight of this size is two panels or four.
  attn_pool *newPool;
  check(attn_pool_create(2, &newPool));
  pool.reset(newPool);
  attn_runner *newRunner;
  check(attn_runner_create(step, newWeights, newPool, &newRunner));
  runner.reset(newRunner);
  attn_session *newSession;
  check(attn_session_create(step, 1, 0, &newSession));
  session.reset(newSession);
}

const float *Writer::feed(const std::vector<int64_t> &ids) {
  const auto count = static_cast<int64_t>(ids.size());
  const int64_t shape[] = {1, count};
  const attn_tensor input{const_cast<int64_t *>(ids.data()), shape,
                          ATTN_TYPE_I64, 2};
  int64_t sizes[3], needed;
  check(attn_session_plan(session.get(), runner.get(), &input, sizes, &needed));
  if (needed > workspaceBytes) {
    workspace.reset(
        std::aligned_alloc(64, static_cast<size_t>(needed + 63) / 64 * 64));
    if (!workspace)
      fail("not enough memory for the workspace");
    workspaceBytes = needed;
  }
  logits.resize(static_cast<size_t>(count * characters));
  const attn_tensor result{logits.data(), sizes, ATTN_TYPE_F32, 3};
  check(attn_session_run(session.get(), runner.get(), &input, &result,
                         workspace.get(), workspaceBytes));
  return logits.data() + (count - 1) * characters;
}

/// Draws by the probabilities, sharpened by a temperature below 1.
int64_t draw(const float *logits, double temperature, std::mt19937 &random) {
  const double most = *std::max_element(logits, logits + characters);
  std::vector<double> weights;
  for (int64_t i = 0; i < characters; ++i)
    weights.push_back(std::exp((logits[i] - most) / temperature));
  return std::discrete_distribution<int64_t>(weights.begin(),
                                             weights.end())(random);
}

/// Goes on for so many characters, which are printed.
void write(Writer &writer, const std::string &prompt, int64_t length,
           std::mt19937 &random) {
  std::vector<int64_t> ids;
  for (char c : prompt)
    ids.push_back(idOf(c));
  std::fputs(prompt.c_str(), stdout);
  const float *logits = writer.feed(ids);
  ids.resize(1);
  for (int64_t i = 0; i < length; ++i) {
    ids[0] = draw(logits, 0.7, random);
    std::fputc(characterOf(ids[0]), stdout);
    logits = writer.feed(ids);
  }
  std::fputs("\n\n", stdout);
}

/// Feeds the characters that are missing to a context of so many.
void fill(Writer &writer, int64_t context, std::mt19937 &random) {
  std::uniform_int_distribution<int64_t> any(0, characters - 1);
  while (writer.seen() < context) {
    std::vector<int64_t> piece(
        static_cast<size_t>(std::min<int64_t>(1024, context - writer.seen())));
    for (int64_t &id : piece)
      id = any(random);
    writer.feed(piece);
  }
}

/// The median of the seconds that a character takes.
double timeCharacter(Writer &writer, std::mt19937 &random) {
  std::uniform_int_distribution<int64_t> any(0, characters - 1);
  std::vector<double> seconds(501);
  for (double &time : seconds) {
    const std::vector<int64_t> id{any(random)};
    const auto start = std::chrono::steady_clock::now();
    writer.feed(id);
    const auto end = std::chrono::steady_clock::now();
    time = std::chrono::duration<double>(end - start).count();
  }
  std::nth_element(seconds.begin(), seconds.begin() + 250, seconds.end());
  return seconds[250];
}

/// A whole number that is not negative.
int64_t parse(const char *text) {
  char *end;
  const long long number = std::strtoll(text, &end, 10);
  if (end == text || *end || number < 0)
    fail(std::string("expects a number, but got ") + text);
  return number;
}

} // namespace

int main(int argc, char **argv) {
  if (argc < 5 || !*argv[3]) {
    std::fprintf(stderr, "usage: generate MODEL.so WEIGHTS.safetensors PROMPT "
                         "CHARACTERS [CONTEXT]...\n");
    return 1;
  }
  std::mt19937 random(1);
  Writer writer(argv[1], argv[2]);
  write(writer, argv[3], parse(argv[4]), random);
  for (int i = 5; i < argc; ++i) {
    fill(writer, parse(argv[i]), random);
    const int64_t seen = writer.seen();
    const double seconds = timeCharacter(writer, random);
    std::printf("after %7lld characters: %6.0f tokens per second, "
                "%lld bytes of state\n",
                static_cast<long long>(seen), 1 / seconds,
                static_cast<long long>(writer.stateBytes()));
  }
  return 0;
}
