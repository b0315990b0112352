#include "ToyModel.h"

#include <utility>

namespace {
struct Sessions : testing::Test {
  explicit Sessions(const char *name) : step(stepOf(name)) {}

  Model model = loadToy();
  const attn_function *step;
  Runner runner = makeRunner(step, nullptr, nullptr);

  const attn_function *stepOf(const char *name) {
    const attn_function *made;
    EXPECT_OK(attn_function_step(find(model, name), &made));
    return made;
  }

  Session makeSession(int64_t batch, int64_t tokens) {
    attn_session *made;
    EXPECT_OK(attn_session_create(step, batch, tokens, &made));
    return Session(made);
  }

  /// Feeds ones and tens, `count` each, to two sequences side by side; returns
  /// the last sum of either.
  std::pair<float, float> feedPair(const Session &session, int64_t count) {
    std::vector<float> numbers(2 * count, 1.0f), sums(2 * count);
    std::fill_n(numbers.begin() + count, count, 10.0f);
    const int64_t shape[] = {2, count};
    const attn_tensor input{numbers.data(), shape, ATTN_TYPE_F32, 2},
        result{sums.data(), shape, ATTN_TYPE_F32, 2};
    static Workspace workspace;
    EXPECT_OK(attn_session_run(session.get(), runner.get(), &input, &result,
                               &workspace, sizeof(workspace)));
    return {sums[count - 1], sums[2 * count - 1]};
  }

  /// Feeds one sequence; returns the sums, or the message.
  std::string feed(const Session &session, std::vector<float> numbers,
                   std::vector<float> expected) {
    const int64_t shape[] = {1, static_cast<int64_t>(numbers.size())};
    std::vector<float> sums(numbers.size());
    const attn_tensor input{numbers.data(), shape, ATTN_TYPE_F32, 2},
        result{sums.data(), shape, ATTN_TYPE_F32, 2};
    static Workspace workspace;
    const std::string message =
        text(attn_session_run(session.get(), runner.get(), &input, &result,
                              &workspace, sizeof(workspace)));
    if (message.empty())
      EXPECT_EQ(sums, expected);
    return message;
  }
};

/// The toy `total`: sums of all numbers so far, of each sequence.
struct Totals : Sessions {
  Totals() : Sessions("total") {}
};
/// The toy `recent`: sums of the last three numbers.
struct Recent : Sessions {
  Recent() : Sessions("recent") {}

  /// Feeds the numbers from `first` on, `count` of them.
  void feedFrom(const Session &session, int64_t first, int64_t count) {
    std::vector<float> numbers, sums;
    for (int64_t i = first; i < first + count; ++i) {
      numbers.push_back(static_cast<float>(i));
      sums.push_back(static_cast<float>(i + std::max<int64_t>(i - 1, 0) +
                                        std::max<int64_t>(i - 2, 0)));
    }
    EXPECT_EQ(feed(session, numbers, sums), "") << first << " " << count;
  }
};
} // namespace

TEST_F(Totals, go_on_where_they_were) {
  Session session = makeSession(1, 0);
  EXPECT_EQ(feed(session, {1, 2, 3}, {1, 3, 6}), "");
  EXPECT_EQ(feed(session, {}, {}), "");
  EXPECT_EQ(feed(session, {4}, {10}), "");
  EXPECT_EQ(feed(session, {1, 1, 1, 1, 1}, {11, 12, 13, 14, 15}), "");
  EXPECT_EQ(attn_session_tokens(session.get()), 9);
  attn_session_reset(session.get());
  EXPECT_EQ(attn_session_tokens(session.get()), 0);
  EXPECT_EQ(feed(session, {5}, {5}), "");
}

TEST_F(Totals, of_sequences_side_by_side_keep_apart_while_they_grow) {
  Session session = makeSession(2, 1);
  std::pair<float, float> last;
  for (int64_t count : {1, 3, 40, 2})
    last = feedPair(session, count);
  EXPECT_EQ(last, std::pair(46.0f, 460.0f));
}

TEST_F(Totals, fork) {
  Session session = makeSession(1, 8);
  EXPECT_EQ(feed(session, {1, 2}, {1, 3}), "");
  attn_session *made;
  ASSERT_OK(attn_session_fork(session.get(), &made));
  Session copy(made);
  EXPECT_EQ(feed(session, {10}, {13}), "");
  EXPECT_EQ(feed(copy, {5}, {8}), "");
  EXPECT_EQ(feed(session, {1}, {14}), "");
}

TEST_F(Totals, announce_their_bytes) {
  int64_t few, many, all;
  ASSERT_OK(attn_session_state_bytes(step, 2, 16, &few));
  EXPECT_EQ(few, 2 * 16 * 4 + 64);
  ASSERT_OK(attn_session_state_bytes(step, 2, 1600, &many));
  EXPECT_EQ(many, 2 * 1600 * 4 + 64);
  ASSERT_OK(attn_session_bytes(step, 2, 1600, &all));
  EXPECT_EQ(all, many + 192);
  EXPECT_EQ(text(attn_session_bytes(step, 1, INT64_MAX / 2, &all)),
            "a session of 4611686018427387903 tokens has more bytes than a "
            "size can count");
}

TEST_F(Totals, travel_in_files) {
  TemporaryFolder folder;
  const std::string path = folder.path("session");
  Session session = makeSession(1, 100);
  EXPECT_EQ(feed(session, {1, 2, 3}, {1, 3, 6}), "");
  ASSERT_OK(attn_session_save(session.get(), path.c_str()));
  Session other = makeSession(1, 0);
  ASSERT_OK(attn_session_load(other.get(), path.c_str()));
  EXPECT_EQ(attn_session_tokens(other.get()), 3);
  EXPECT_EQ(feed(other, {4}, {10}), "");
  EXPECT_EQ(feed(session, {4}, {10}), "");
}

TEST_F(Totals, refuse_files_that_are_not_theirs_or_not_whole) {
  TemporaryFolder folder;
  const std::string path = folder.path("session");
  Session session = makeSession(1, 4);
  EXPECT_EQ(feed(session, {1, 2, 3}, {1, 3, 6}), "");
  ASSERT_OK(attn_session_save(session.get(), path.c_str()));
  const std::string whole = folder.read("session");
  for (size_t size = 0; size < whole.size(); ++size) {
    const std::string cut = folder.write("cut", whole.substr(0, size));
    EXPECT_NE(text(attn_session_load(session.get(), cut.c_str())), "") << size;
  }
  for (size_t place = 0; place < whole.size(); ++place) {
    std::string spoilt = whole;
    spoilt[place] = static_cast<char>(spoilt[place] ^ 0x40);
    const std::string bad = folder.write("bad", spoilt);
    EXPECT_NE(text(attn_session_load(session.get(), bad.c_str())), "") << place;
  }
  EXPECT_EQ(feed(session, {4}, {10}), "");
  Session pair = makeSession(2, 0);
  EXPECT_EQ(text(attn_session_load(pair.get(), path.c_str())),
            "'" + path + "' is a session of 1 sequences, but expected are 2");
}

TEST_F(Totals, refuse_files_of_another_model) {
  TemporaryFolder folder;
  const std::string path = folder.path("session");
  ASSERT_OK(attn_session_save(makeSession(1, 4).get(), path.c_str()));
  attn_model *loaded;
  ASSERT_OK(attn_model_load(toy("other").c_str(), &loaded));
  Model other(loaded);
  const attn_function *otherStep;
  ASSERT_OK(attn_function_step(find(other, "total"), &otherStep));
  attn_session *made;
  ASSERT_OK(attn_session_create(otherStep, 1, 4, &made));
  Session session(made);
  EXPECT_EQ(text(attn_session_load(session.get(), path.c_str())),
            "'" + path + "' is a session of another model or function");
}

TEST_F(Totals, that_failed_must_be_reset) {
  Session session = makeSession(1, 4);
  EXPECT_EQ(feed(session, {1, -2}, {}), "expects numbers from 0");
  EXPECT_EQ(feed(session, {1}, {}),
            "expects a session that is reset after a run that failed");
  attn_session_reset(session.get());
  EXPECT_EQ(feed(session, {7}, {7}), "");
}

TEST_F(Totals, keep_runners_of_steps_to_themselves) {
  const int64_t shape[] = {1, 2};
  float numbers[2] = {1, 2};
  const attn_tensor tensor{numbers, shape, ATTN_TYPE_F32, 2};
  const std::string refusal =
      "expects a runner of a whole function, but got one of the step of "
      "'total.step' (attn_session_run)";
  EXPECT_EQ(text(attn_runner_plan(runner.get(), &tensor, nullptr, nullptr)),
            refusal);
  EXPECT_EQ(text(attn_runner_run(runner.get(), &tensor, &tensor, nullptr, 0)),
            refusal);
}

TEST_F(Totals, refuse_what_does_not_fit) {
  Session session = makeSession(2, 4);
  EXPECT_EQ(feed(session, {1}, {}),
            "expects 'x' of the session's 2 sequences, but got 1");
  const int64_t endless[] = {2, INT64_MAX};
  const attn_tensor numberless{nullptr, endless, ATTN_TYPE_F32, 2};
  EXPECT_EQ(text(attn_session_plan(session.get(), runner.get(), &numberless,
                                   nullptr, nullptr)),
            "a session of 9223372036854775807 tokens has more bytes than a "
            "size can count");
  const attn_function *none;
  EXPECT_EQ(text(attn_function_step(find(model, "add"), &none)),
            "function 'add' does not run as a session: 'toy.add' counts its "
            "tokens");
  EXPECT_EQ(none, nullptr);
  attn_session *made;
  EXPECT_EQ(text(attn_session_create(find(model, "add"), 1, 1, &made)),
            "expects a function from attn_function_step");
  Runner whole = makeRunner(find(model, "total"), nullptr, nullptr);
  const int64_t shape[] = {2, 1};
  float numbers[2] = {1, 1};
  const attn_tensor tensor{numbers, shape, ATTN_TYPE_F32, 2};
  EXPECT_EQ(text(attn_session_run(session.get(), whole.get(), &tensor, &tensor,
                                  nullptr, 0)),
            "expects a runner of the session's function 'total.step'");
}

TEST_F(Recent, tokens_are_all_that_stays) {
  int64_t bytes;
  ASSERT_OK(attn_session_state_bytes(step, 2, INT64_MAX, &bytes));
  EXPECT_EQ(bytes, (2 * (2 + 255 + 256) * 4 + 63) / 64 * 64);
  ASSERT_OK(attn_session_state_bytes(step, 2, 16, &bytes));
  EXPECT_EQ(bytes, 2 * 16 * 4);
}

TEST_F(Recent, tokens_stay_in_pieces_of_any_length) {
  Session session = makeSession(1, 0);
  int64_t seen = 0;
  for (int64_t count : {1, 2, 254, 1, 1, 1, 600, 0, 256, 1, 2000, 3, 255, 511})
    feedFrom(session, std::exchange(seen, seen + count), count);
  for (int i = 0; i < 600; ++i)
    feedFrom(session, seen++, 1);
}

TEST_F(Recent, tokens_go_with_forks_and_files) {
  TemporaryFolder folder;
  const std::string path = folder.path("session");
  for (int64_t past : {1, 256, 257, 258, 259, 900}) {
    Session session = makeSession(1, 0);
    feedFrom(session, 0, past);
    ASSERT_OK(attn_session_save(session.get(), path.c_str()));
    Session loaded = makeSession(1, 0);
    ASSERT_OK(attn_session_load(loaded.get(), path.c_str()));
    attn_session *made;
    ASSERT_OK(attn_session_fork(session.get(), &made));
    Session copy(made);
    for (const Session *each : {&session, &loaded, &copy})
      feedFrom(*each, past, 5);
    attn_session_reset(session.get());
    feedFrom(session, 0, 7);
  }
}

TEST_F(Recent, tokens_of_sequences_side_by_side_keep_apart) {
  Session session = makeSession(2, 0);
  EXPECT_EQ(feedPair(session, 1), std::pair(1.0f, 10.0f));
  for (int64_t count : {300, 2})
    EXPECT_EQ(feedPair(session, count), std::pair(3.0f, 30.0f));
}
