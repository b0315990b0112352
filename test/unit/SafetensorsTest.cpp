#include "runtime/files/Safetensors.h"
#include "TemporaryFolder.h"

#include <cstring>
#include <gtest/gtest.h>

using namespace attention;

/// Padded as writers do, so that data starts at a multiple of 8.
static std::string padded(std::string header) {
  header.resize((header.size() + 7) / 8 * 8, ' ');
  return header;
}

static std::string fileWith(const std::string &header, size_t dataBytes) {
  std::string file(8, '\0');
  const uint64_t length = header.size();
  std::memcpy(file.data(), &length, 8);
  return file + header + std::string(dataBytes, '\0');
}

static std::string messageFor(const std::string &bytes) {
  TemporaryFolder folder;
  Result<SafetensorsFile> file =
      SafetensorsFile::open(folder.write("x.safetensors", bytes));
  return file ? "" : file.message();
}

static void expectRefused(const std::string &header, size_t dataBytes,
                          const std::string &reason) {
  const std::string message = messageFor(fileWith(header, dataBytes));
  EXPECT_NE(message.find(reason), std::string::npos)
      << header.substr(0, 200) << "\n"
      << message;
  EXPECT_EQ(message.find('\n'), std::string::npos);
}

static std::string entry(const std::string &name, const std::string &dtype,
                         const std::string &shape, const std::string &offsets) {
  return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape +
         ",\"data_offsets\":" + offsets + "}";
}

TEST(Safetensors, finds_tensors_in_place) {
  TemporaryFolder folder;
  const std::string header = "{\"__metadata__\":{\"format\":\"pt\"}," +
                             entry("b", "I64", "[1]", "[8,16]") + "," +
                             entry("a", "F32", "[1,2]", "[0,8]") + "," +
                             entry("empty", "F16", "[0,3]", "[8,8]") + "," +
                             entry("byte", "U8", "[]", "[16,17]") + "}   ";
  Result<SafetensorsFile> file = SafetensorsFile::open(
      folder.write("x.safetensors", fileWith(padded(header), 17)));
  ASSERT_TRUE(file) << file.message();
  ASSERT_EQ(file->tensors().size(), 4u);
  const StoredTensor &a = file->tensors().at("a");
  EXPECT_EQ(a.type(), ElementType::F32);
  EXPECT_EQ(a.shape, (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(a.byteCount, 8);
  EXPECT_EQ(file->tensors().at("b").data, a.data + 8);
  EXPECT_EQ(file->tensors().at("byte").type(), std::nullopt);
}

TEST(Safetensors, accepts_a_file_without_tensors) {
  EXPECT_EQ(messageFor(fileWith("{}", 0)), "");
}

TEST(Safetensors, refuses_truncation_anywhere) {
  const std::string whole =
      fileWith("{" + entry("a", "F32", "[2]", "[0,8]") + "}", 8);
  EXPECT_EQ(messageFor(whole), "");
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_NE(messageFor(whole.substr(0, length)), "") << length;
}

TEST(Safetensors, refuses_header_lengths_beyond_the_file) {
  std::string file = fileWith("{}", 0);
  std::memset(file.data(), 0xff, 8);
  EXPECT_NE(messageFor(file).find("at most 100000000"), std::string::npos);
  const uint64_t length = 3;
  std::memcpy(file.data(), &length, 8);
  EXPECT_NE(messageFor(file).find("expects a header of 3 bytes, but got 2"),
            std::string::npos);
}

TEST(Safetensors, refuses_bad_offsets) {
  expectRefused("{" + entry("a", "F32", "[2]", "[0,16]") + "}", 8, "within 8");
  expectRefused("{" + entry("a", "F32", "[2]", "[8,0]") + "}", 8, "within 8");
  expectRefused("{" + entry("a", "F32", "[2]", "[-8,0]") + "}", 8,
                "negative number");
  expectRefused("{" + entry("a", "F32", "[2]", "[0,4]") + "}", 4,
                "expects 8 bytes for its shape, but got 4");
  expectRefused("{" + entry("a", "F32", "[2]", "[0,8,8]") + "}", 8,
                "expects two data_offsets, but got 3");
  expectRefused("{" + entry("a", "F32", "[2]", "[0,18446744073709551615]") +
                    "}",
                8, "too large");
  expectRefused("{" + entry("a", "F32", "[2]", "[0,99999999999999999999]") +
                    "}",
                8, "no size");
}

TEST(Safetensors, refuses_overlaps_gaps_and_left_over_bytes) {
  const std::string first = entry("a", "F32", "[2]", "[0,8]");
  expectRefused("{" + first + "," + entry("b", "F32", "[2]", "[4,12]") + "}",
                12, "'b' overlaps");
  expectRefused("{" + first + "," + entry("b", "F32", "[2]", "[0,8]") + "}", 8,
                "overlaps");
  expectRefused("{" + first + "," + entry("b", "F32", "[2]", "[12,20]") + "}",
                20, "'b' leaves a gap");
  expectRefused("{" + entry("a", "F32", "[2]", "[4,12]") + "}", 12, "gap");
  expectRefused("{" + first + "}", 9, "expects 8 bytes of tensors, but got 9");
}

TEST(Safetensors, refuses_duplicates) {
  const std::string first = entry("a", "F32", "[2]", "[0,8]");
  expectRefused("{" + first + "," + entry("a", "F32", "[2]", "[8,16]") + "}",
                16, "two tensors named 'a'");
  expectRefused("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],"
                "\"data_offsets\":[0,8]}}",
                8, "two 'dtype' in 'a'");
  expectRefused("{\"__metadata__\":{},\"__metadata__\":{}}", 0,
                "two '__metadata__'");
}

TEST(Safetensors, refuses_shapes_that_overflow) {
  expectRefused("{" + entry("a", "F32", "[4294967296,4294967296]", "[0,0]") +
                    "}",
                0, "more bytes than a size can count");
  expectRefused("{" + entry("a", "F32", "[4611686018427387904]", "[0,0]") + "}",
                0, "more bytes than a size can count");
}

TEST(Safetensors, refuses_unknown_types) {
  expectRefused("{" + entry("a", "F33", "[2]", "[0,8]") + "}", 8,
                "unknown dtype 'F33'");
}

TEST(Safetensors, refuses_what_is_no_header) {
  expectRefused("", 0, "not JSON");
  expectRefused("hello", 0, "not JSON");
  expectRefused("{\"a\":", 0, "not JSON");
  expectRefused("{}{}", 0, "not JSON");
  expectRefused("{\"\xff\xfe\":{}}", 0, "not JSON");
  expectRefused("[]", 0, "unexpected array");
  expectRefused("3", 0, "unexpected number");
  expectRefused("{\"a\":3}", 0, "unexpected number in 'a'");
  expectRefused("{\"a\":{}}", 0, "expects 'dtype', 'shape'");
  expectRefused("{\"a\":{\"dtype\":3}}", 0, "unexpected number");
  expectRefused("{\"a\":{\"shape\":{}}}", 0, "unexpected object");
  expectRefused("{\"a\":{\"shape\":[[1]]}}", 0, "unexpected array");
  expectRefused("{\"a\":{\"shape\":[1.5]}}", 0, "no size");
  expectRefused("{\"a\":{\"shape\":[1e999]}}", 0, "not JSON");
  expectRefused("{\"a\":{\"other\":3}}", 0, "unexpected key 'other' in 'a'");
  expectRefused("{\"__metadata__\":{\"a\":{}}}", 0, "unexpected object");
  expectRefused("{\"__metadata__\":3}", 0, "unexpected number");
}

TEST(Safetensors, refuses_deep_nesting) {
  const std::string arrays(1'000'000, '[');
  std::string objects;
  for (int i = 0; i < 200'000; ++i)
    objects += "{\"a\":";
  expectRefused(arrays, 0, "unexpected array");
  expectRefused("{\"a\":{\"shape\":" + arrays, 0, "unexpected array");
  expectRefused(objects, 0, "unexpected key 'a' in 'a'");
}

TEST(Safetensors, keeps_messages_on_one_line) {
  expectRefused("{\"a\\nb\":3}", 0, "'a?b'");
}

TEST(WeightFiles, says_what_is_missing_or_wrong) {
  TemporaryFolder folder;
  const std::string one = folder.write(
      "1.safetensors",
      fileWith("{" + entry("encoder.weight", "F32", "[2]", "[0,8]") + "}", 8));
  const std::string two = folder.write(
      "2.safetensors",
      fileWith("{" + entry("encoder.bias", "U8", "[3]", "[0,3]") + "}", 3));
  WeightFiles weights;
  ASSERT_FALSE(weights.add(one));
  ASSERT_FALSE(weights.add(two));
  Result<const StoredTensor *> found =
      weights.find("encoder.weight", ElementType::F32, {-1});
  ASSERT_TRUE(found);
  EXPECT_EQ((*found)->byteCount, 8);
  EXPECT_EQ(weights.find("encoder.weigth", ElementType::F32, {2}).message(),
            "missing weight 'encoder.weigth' (the nearest is "
            "'encoder.weight')");
  EXPECT_EQ(weights.find("encoder.weight", ElementType::F16, {2}).message(),
            "weight 'encoder.weight' expects f16 of shape 2, but got f32 of "
            "shape 2 in '" +
                one + "'");
  EXPECT_EQ(weights.find("encoder.weight", ElementType::F32, {2, 1}).message(),
            "weight 'encoder.weight' expects f32 of shape 2x1, but got f32 of "
            "shape 2 in '" +
                one + "'");
  EXPECT_EQ(weights.find("encoder.bias", ElementType::F32, {3}).message(),
            "weight 'encoder.bias' expects f32 of shape 3, but got U8 of shape "
            "3 in '" +
                two + "'");
  ASSERT_FALSE(weights.add(one));
  EXPECT_NE(weights.find("encoder.weight", ElementType::F32, {2})
                .message()
                .find("is in '"),
            std::string::npos);
}
