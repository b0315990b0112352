#include "ToyModel.h"

TEST(Model, refuses_what_is_no_artefact) {
  TemporaryFolder folder;
  attn_model *model;
  EXPECT_NE(text(attn_model_load(folder.path("missing.so").c_str(), &model))
                .find("cannot open"),
            std::string::npos);
  EXPECT_EQ(model, nullptr);
  for (const std::string &bytes :
       {std::string(), std::string("MZ"), std::string(4096, 'x')})
    EXPECT_NE(text(attn_model_load(folder.write("x.so", bytes).c_str(), &model))
                  .find("expects a shared object that attention-compile made"),
              std::string::npos);
  EXPECT_NE(text(attn_model_load(toy("stranger").c_str(), &model))
                .find("expects a shared object that attention-compile made"),
            std::string::npos);
  EXPECT_NE(text(attn_model_load(toy("magic").c_str(), &model))
                .find("expects an artefact of attention-compile"),
            std::string::npos);
  EXPECT_EQ(text(attn_model_load(nullptr, &model)),
            "expects a path, but got null");
}

TEST(Model, refuses_truncated_shared_objects) {
  TemporaryFolder folder;
  std::ifstream file(toy("good"), std::ios::binary);
  const std::string whole(std::istreambuf_iterator<char>(file), {});
  // Past this point only section headers are cut, which nobody loads.
  for (size_t length = 0; length < 4096 && length < whole.size();
       length += 61) {
    attn_model *model;
    EXPECT_NE(
        text(attn_model_load(
            folder.write("x.so", whole.substr(0, length)).c_str(), &model)),
        "")
        << length;
  }
}

TEST(Model, refuses_other_versions_machines_and_features) {
  attn_model *model;
  EXPECT_EQ(text(attn_model_load(toy("version").c_str(), &model)),
            "expects an artefact of version 7, but got version 99");
  EXPECT_NE(text(attn_model_load(toy("architecture").c_str(), &model))
                .find("but got code for pdp11"),
            std::string::npos);
  EXPECT_EQ(text(attn_model_load(toy("features").c_str(), &model))
                .find("expects a processor with other features: code for "
                      "'bird' needs flying,unheard, but this one has only "),
            0u);
  EXPECT_EQ(text(attn_model_load(toy("empty").c_str(), &model)),
            "malformed artefact");
  EXPECT_EQ(text(attn_model_load(toy("targetless").c_str(), &model)),
            "malformed artefact");
}

#if defined(__x86_64__)
/// The processor whose code is chosen.
static std::string chosen(const char *kind, const char *cpu = nullptr) {
  attn_model *loaded;
  if (attn_status *status =
          attn_model_load_for(toy(kind).c_str(), cpu, &loaded))
    return text(status);
  Model model(loaded);
  return attn_model_chosen_target(model.get())->cpu;
}

TEST(Model, chooses_code_that_no_other_surpasses) {
  EXPECT_EQ(chosen("good"), "generic");
  EXPECT_EQ(chosen("surpassed"), "more");
  EXPECT_EQ(chosen("apart"), "others");
}

TEST(Model, takes_the_code_that_is_asked_for) {
  EXPECT_EQ(chosen("surpassed", "less"), "less");
  EXPECT_EQ(chosen("apart", "pdp11"),
            "the model has no code for 'pdp11', but for some,others,few");
  EXPECT_EQ(chosen("surpassed", "bird")
                .find("expects a processor with other features: code for "
                      "'bird' needs flying, but this one has only "),
            0u);
}

TEST(Model, says_what_each_code_needs_where_none_fits) {
  EXPECT_EQ(chosen("nowhere").find(
                "expects a processor with other features: code for 'fish' "
                "needs diving, for 'bird' needs flying,unheard, but this one "
                "has only "),
            0u);
}

TEST(Model, tells_about_targets) {
  attn_model *loaded;
  ASSERT_OK(attn_model_load(toy("surpassed").c_str(), &loaded));
  Model model(loaded);
  ASSERT_EQ(attn_model_target_count(loaded), 3);
  EXPECT_STREQ(attn_model_target(loaded, 1)->cpu, "less");
  EXPECT_STREQ(attn_model_target(loaded, 2)->cpu_features, "sse,sse2,flying");
  EXPECT_EQ(attn_model_target(loaded, 3), nullptr);
  EXPECT_EQ(attn_model_target(loaded, -1), nullptr);
}
#endif

TEST(Model, tells_about_functions) {
  Model model = loadToy();
  EXPECT_STREQ(attn_model_producer(model.get()), "by hand");
  ASSERT_EQ(attn_model_function_count(model.get()), 7);
  EXPECT_EQ(attn_model_function(model.get(), 7), nullptr);
  EXPECT_EQ(attn_model_function(model.get(), -1), nullptr);
  const attn_function *function = find(model, "look_up");
  EXPECT_STREQ(attn_function_name(function), "look_up");
  ASSERT_EQ(attn_function_input_count(function), 1);
  ASSERT_EQ(attn_function_weight_count(function), 1);
  ASSERT_EQ(attn_function_result_count(function), 1);
  EXPECT_STREQ(attn_function_input(function, 0)->name, "ids");
  EXPECT_STREQ(attn_function_weight(function, 0)->weight, "embeddings.table");
  EXPECT_EQ(attn_function_result(function, 0)->shape[1], 4);
  EXPECT_EQ(attn_function_input(function, 1), nullptr);
}

TEST(Model, names_the_nearest_function) {
  Model model = loadToy();
  const attn_function *function;
  attn_status *status = attn_model_find(model.get(), "lookup", &function);
  EXPECT_EQ(attn_status_code(status), ATTN_NOT_FOUND);
  EXPECT_EQ(text(status),
            "unknown function 'lookup' (the nearest is 'look_up')");
  EXPECT_EQ(text(attn_model_find(model.get(), nullptr, &function)),
            "expects the name of a function, as the model has 7: add, look_up, "
            "greedy, scale, swell, total, recent");
}
