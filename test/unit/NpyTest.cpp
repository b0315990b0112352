#include "runtime/files/Npy.h"
#include "TemporaryFolder.h"

#include <cstring>
#include <gtest/gtest.h>

using namespace attention;

/// A file of version `major` with this dictionary and these elements.
static std::string npy(const std::string &dictionary,
                       const std::string &elements, int major = 1) {
  std::string file = "\x93NUMPY";
  file += static_cast<char>(major);
  file += '\0';
  const size_t length = dictionary.size();
  for (int i = 0; i < (major == 1 ? 2 : 4); ++i)
    file += static_cast<char>(length >> (8 * i));
  return file + dictionary + elements;
}

static std::string messageFor(const std::string &bytes) {
  TemporaryFolder folder;
  Result<HostTensor> tensor = readNpy(folder.write("x.npy", bytes));
  return tensor ? "" : tensor.message();
}

static const std::string eightBytes(8, '\1');

TEST(Npy, reads_back_what_it_wrote) {
  for (ElementType type :
       {ElementType::F32, ElementType::F64, ElementType::F16, ElementType::BF16,
        ElementType::I64, ElementType::I32, ElementType::I1})
    for (const std::vector<int64_t> &shape :
         std::vector<std::vector<int64_t>>{{}, {3}, {2, 3}, {1, 0, 5}}) {
      TemporaryFolder folder;
      Result<HostTensor> tensor = HostTensor::allocate(type, shape, "test");
      ASSERT_TRUE(tensor);
      for (int64_t i = 0; i < tensor->elementCount(); ++i)
        tensor->setFromDouble(i, static_cast<double>(i % 2));
      ASSERT_FALSE(writeNpy(folder.path("x.npy"), type, shape, tensor->data()));
      Result<HostTensor> read = readNpy(folder.path("x.npy"));
      ASSERT_TRUE(read) << read.message();
      EXPECT_EQ(read->type, type);
      EXPECT_EQ(read->shape, shape);
      for (int64_t i = 0; i < tensor->elementCount(); ++i)
        EXPECT_EQ(read->toDouble(i), i % 2);
      EXPECT_EQ(folder.read("x.npy").size() % 64,
                static_cast<size_t>(tensor->byteCount()) % 64);
      EXPECT_EQ(folder.fileCount(), 1u);
    }
}

TEST(Npy, reads_version_2_and_other_spellings) {
  TemporaryFolder folder;
  Result<HostTensor> tensor = readNpy(folder.write(
      "x.npy", npy("{\"shape\":(2 , ),'fortran_order' : False,'descr':'|V2'}\n",
                   "\1\2\3\4", 2)));
  ASSERT_TRUE(tensor) << tensor.message();
  EXPECT_EQ(tensor->type, ElementType::BF16);
  EXPECT_EQ(tensor->shape, std::vector<int64_t>{2});
}

TEST(Npy, refuses_what_is_no_npy) {
  EXPECT_NE(messageFor("").find("expects a .npy file"), std::string::npos);
  EXPECT_NE(messageFor("PK\3\4 something else").find("expects a .npy file"),
            std::string::npos);
  EXPECT_NE(messageFor(npy("{}", "", 3)).find("version 1.0 or 2.0"),
            std::string::npos);
}

TEST(Npy, refuses_truncation_anywhere) {
  const std::string whole =
      npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n",
          eightBytes);
  EXPECT_EQ(messageFor(whole), "");
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_NE(messageFor(whole.substr(0, length)), "") << length;
  EXPECT_NE(messageFor(whole + "x").find("expects 8 bytes"), std::string::npos);
}

TEST(Npy, refuses_other_types_and_orders) {
  for (const char *type : {">f4", "<f16", "|O", "<c8", "|u1", "<u2", "f4", ""})
    EXPECT_NE(messageFor(npy(std::string("{'descr': '") + type +
                                 "', 'fortran_order': False, 'shape': (2,), }",
                             eightBytes))
                  .find("expects .npy type"),
              std::string::npos)
        << type;
  EXPECT_NE(
      messageFor(npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2,), }",
                     eightBytes))
          .find("Fortran order"),
      std::string::npos);
}

TEST(Npy, refuses_hostile_headers) {
  for (const char *text :
       {"", "{", "{}", "[]", "{'descr': '<f4'}",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': "
        "(2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': 2}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}",
        "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': "
        "(99999999999999999999,)}"})
    EXPECT_NE(messageFor(npy(text, eightBytes)).find("malformed .npy header"),
              std::string::npos)
        << text;
}

TEST(Npy, refuses_shapes_that_overflow) {
  const char *shapes[] = {"(4294967296, 4294967296)",
                          "(0, 4294967296, 4294967296)",
                          "(9223372036854775807,)"};
  for (const char *shape : shapes)
    EXPECT_NE(
        messageFor(npy(std::string("{'descr': '<f4', 'fortran_order': False, "
                                   "'shape': ") +
                           shape + "}",
                       ""))
            .find("more bytes than a size can count"),
        std::string::npos)
        << shape;
  EXPECT_NE(messageFor(npy("{'descr': '<f4', 'fortran_order': False, 'shape': "
                           "(1000000000000,)}",
                           eightBytes))
                .find("expects 4000000000000 bytes"),
            std::string::npos);
}

TEST(Npy, refuses_booleans_that_are_neither) {
  EXPECT_NE(
      messageFor(npy("{'descr': '|b1', 'fortran_order': False, 'shape': (2,)}",
                     "\1\2"))
          .find("expects 0 or 1 in a |b1 file, but got 2 at element 1"),
      std::string::npos);
}

TEST(Npy, leaves_nothing_half_written) {
  TemporaryFolder folder;
  const float value = 1;
  MaybeFailure failure =
      writeNpy(folder.path("absent/x.npy"), ElementType::F32, {1}, &value);
  ASSERT_TRUE(failure);
  EXPECT_NE(failure->message.find("cannot write"), std::string::npos);
  failure = writeNpy("/dev/full", ElementType::F32, {1}, &value);
  ASSERT_TRUE(failure);
  EXPECT_NE(failure->message.find("No space left"), std::string::npos);
  EXPECT_EQ(folder.fileCount(), 0u);
}

TEST(Npy, refuses_folders_and_missing_files) {
  TemporaryFolder folder;
  EXPECT_FALSE(readNpy(folder.path("")));
  EXPECT_FALSE(readNpy(folder.path("missing")));
}
