//===- Files spoilt at random ---------------------------------------------===//
//
// Whatever bytes a file holds, reading ends in a value or in one line of text.
// The sanitizers watch. ATTENTION_SEED repeats a run.
//
//===----------------------------------------------------------------------===//
#include "TemporaryFolder.h"
#include "runtime/files/Npy.h"
#include "runtime/files/Safetensors.h"

#include <cstring>
#include <gtest/gtest.h>
#include <random>

using namespace attention;

static uint64_t seed() {
  const char *given = std::getenv("ATTENTION_SEED");
  static const uint64_t value =
      given ? std::strtoull(given, nullptr, 10) : std::random_device()();
  return value;
}

/// Changes, removes or repeats a few bytes, most of them near the front.
static std::string mutated(std::string bytes, std::mt19937_64 &random) {
  const std::string letters("{}[]():,'\"0918 \\u\0\xff", 20);
  for (uint64_t edits = 1 + random() % 4; edits && !bytes.empty(); --edits) {
    const size_t at = random() % (random() % bytes.size() + 1);
    switch (random() % 5) {
    case 0:
      bytes[at] = static_cast<char>(random());
      break;
    case 1:
      bytes[at] = letters[random() % letters.size()];
      break;
    case 2:
      bytes.erase(at, 1 + random() % 9);
      break;
    case 3:
      bytes.insert(at, bytes.substr(at, 1 + random() % 20));
      break;
    default:
      bytes.resize(at);
    }
  }
  return bytes;
}

/// `read` touches all that it could read, and returns that or the message.
template <typename Read>
static void readMutations(const std::string &whole, Read read) {
  SCOPED_TRACE("ATTENTION_SEED=" + std::to_string(seed()));
  std::mt19937_64 random(seed());
  TemporaryFolder folder;
  for (int i = 0; i < 3000; ++i) {
    const std::string bytes = mutated(whole, random);
    const std::string message = read(folder.write("file", bytes));
    EXPECT_FALSE(message.empty());
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  }
}

TEST(MutatedFiles, npy) {
  TemporaryFolder folder;
  const std::vector<float> elements(6, 1.5f);
  ASSERT_FALSE(writeNpy(folder.path("x.npy"), ElementType::F32, {2, 3},
                        elements.data()));
  readMutations(folder.read("x.npy"), [](const std::string &path) {
    Result<HostTensor> tensor = readNpy(path);
    double sum = 0;
    if (tensor)
      for (int64_t i = 0; i < tensor->elementCount(); ++i)
        sum += tensor->toDouble(i);
    return tensor ? std::to_string(sum) : tensor.message();
  });
}

TEST(MutatedFiles, safetensors) {
  const std::string header =
      R"({"__metadata__":{"format":"pt"},)"
      R"("a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},)"
      R"("b":{"dtype":"I64","shape":[2],"data_offsets":[8,24]}})";
  std::string whole(8, '\0');
  const uint64_t length = header.size();
  std::memcpy(whole.data(), &length, 8);
  whole += header + std::string(24, '\1');
  readMutations(whole, [](const std::string &path) {
    Result<SafetensorsFile> file = SafetensorsFile::open(path);
    unsigned sum = 0;
    if (file)
      for (const auto &[name, tensor] : file->tensors())
        for (int64_t i = 0; i < tensor.byteCount; ++i)
          sum += static_cast<unsigned>(tensor.data[i]);
    return file ? std::to_string(sum) : file.message();
  });
}
