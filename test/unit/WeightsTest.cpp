#include "ToyModel.h"

TEST(Weights, are_checked_against_the_model) {
  TemporaryFolder folder;
  EXPECT_EQ(bindMessage(nullptr), "missing weight 'embeddings.table'");
  const std::string renamed = folder.write(
      "renamed.safetensors", tableFile("embedding.table", "F32", "[8,4]", 128));
  EXPECT_EQ(bindMessage(weightsFrom(renamed)),
            "missing weight 'embeddings.table' (the nearest is "
            "'embedding.table')");
  const std::string shape = folder.write(
      "shape.safetensors", tableFile("embeddings.table", "F32", "[4,8]", 128));
  EXPECT_EQ(bindMessage(weightsFrom(shape)),
            "weight 'embeddings.table' expects f32 of shape 8x4, but got f32 "
            "of shape 4x8 in '" +
                shape + "'");
  const std::string type = folder.write(
      "type.safetensors", tableFile("embeddings.table", "F16", "[8,4]", 64));
  EXPECT_EQ(bindMessage(weightsFrom(type)),
            "weight 'embeddings.table' expects f32 of shape 8x4, but got f16 "
            "of shape 8x4 in '" +
                type + "'");
}

TEST(Weights, misaligned_in_a_file_are_copied) {
  TemporaryFolder folder;
  Model model = loadToy();
  for (size_t padding = 0; padding < 4; ++padding) {
    std::string file = tableFile("embeddings.table", "F32", "[8,4]", 128);
    uint64_t length;
    std::memcpy(&length, file.data(), 8);
    const float last = 42;
    std::memcpy(&file[file.size() - 4], &last, 4);
    file.insert(8 + length, std::string(padding, ' '));
    length += padding;
    std::memcpy(file.data(), &length, 8);
    Weights weights = weightsFrom(folder.write("odd.safetensors", file));
    Runner runner = makeRunner(find(model, "look_up"), weights, nullptr);
    int64_t id = 7;
    const int64_t one = 1, shape[] = {1, 4};
    float row[4];
    const attn_tensor input{&id, &one, ATTN_TYPE_I64, 1};
    const attn_tensor result{row, shape, ATTN_TYPE_F32, 2};
    ASSERT_OK(attn_runner_run(runner.get(), &input, &result, nullptr, 0));
    EXPECT_EQ(row[3], 42);
  }
}

TEST(Weights, of_the_caller_come_first) {
  Model model = loadToy();
  attn_weights *raw;
  ASSERT_OK(attn_weights_create(&raw));
  Weights weights(raw);
  std::vector<float> table(32);
  std::iota(table.begin(), table.end(), 0.0f);
  const int64_t shape[] = {8, 4}, other[] = {4, 8}, negative[] = {-8, 4};
  EXPECT_EQ(text(attn_weights_add(raw, "t", 9, shape, 2, table.data())),
            "weight 't' expects a type ATTN_TYPE_*, but got 9");
  EXPECT_EQ(text(attn_weights_add(raw, "t", ATTN_TYPE_F32, negative, 2,
                                  table.data())),
            "weight 't' expects sizes from 0, but got -8");
  EXPECT_EQ(text(attn_weights_add(raw, "t", ATTN_TYPE_F32, shape, 2, nullptr)),
            "weight 't' expects data, but got null");
  ASSERT_OK(attn_weights_add(raw, "embeddings.table", ATTN_TYPE_F32, other, 2,
                             table.data()));
  EXPECT_EQ(bindMessage(weights),
            "weight 'embeddings.table' expects f32 of shape 8x4, but got f32 "
            "of shape 4x8");
  ASSERT_OK(attn_weights_add(raw, "embeddings.table", ATTN_TYPE_F32, shape, 2,
                             table.data()));
  Runner runner = makeRunner(find(model, "look_up"), weights, nullptr);
  int64_t ids[] = {7, 0};
  const int64_t two = 2, resultShape[] = {2, 4};
  float rows[8];
  const attn_tensor input{ids, &two, ATTN_TYPE_I64, 1};
  const attn_tensor result{rows, resultShape, ATTN_TYPE_F32, 2};
  ASSERT_OK(attn_runner_run(runner.get(), &input, &result, nullptr, 0));
  EXPECT_EQ(rows[0], 28);
  EXPECT_EQ(rows[7], 3);
}
