#include "ToyModel.h"

/// What a program that forgot a handle is told.
TEST(Handles, that_are_missing_are_refused) {
  const attn_function *function;
  EXPECT_EQ(text(attn_model_find(nullptr, "add", &function)),
            "expects a model, but got null");
  EXPECT_EQ(text(attn_weights_add_file(nullptr, "w.safetensors")),
            "expects weights, but got null");
  EXPECT_EQ(
      text(attn_weights_add(nullptr, "w", ATTN_TYPE_F32, nullptr, 0, nullptr)),
      "expects weights, but got null");
  EXPECT_EQ(text(attn_runner_plan(nullptr, nullptr, nullptr, nullptr)),
            "expects a runner, but got null");
  EXPECT_EQ(text(attn_runner_run(nullptr, nullptr, nullptr, nullptr, 0)),
            "expects a runner, but got null");
}

TEST(Handles, of_sessions_that_are_missing_are_refused) {
  attn_session *copy;
  EXPECT_EQ(text(attn_session_fork(nullptr, &copy)),
            "expects a session, but got null");
  EXPECT_EQ(
      text(attn_session_plan(nullptr, nullptr, nullptr, nullptr, nullptr)),
      "expects a session, but got null");
  EXPECT_EQ(
      text(attn_session_run(nullptr, nullptr, nullptr, nullptr, nullptr, 0)),
      "expects a session, but got null");
  EXPECT_EQ(text(attn_session_save(nullptr, "f")),
            "expects a session, but got null");
  EXPECT_EQ(text(attn_session_load(nullptr, "f")),
            "expects a session, but got null");
  Model model = loadToy();
  const attn_function *step;
  ASSERT_OK(attn_function_step(find(model, "total"), &step));
  ASSERT_OK(attn_session_create(step, 1, 0, &copy));
  Session session(copy);
  EXPECT_EQ(text(attn_session_run(copy, nullptr, nullptr, nullptr, nullptr, 0)),
            "expects a runner, but got null");
}
