/// Maps of tensors by the driver whose device is emulated.
#include <cstdint>
#include <dlfcn.h>
#include <gtest/gtest.h>

namespace {

using Encode = int (*)(void *, int, unsigned, void *, const uint64_t *,
                       const uint64_t *, const unsigned *, const unsigned *,
                       int, int, int, int);

constexpr int kSuccess = 0, kInvalidValue = 1, kBfloat16 = 9, kSwizzle128 = 3;

/// Encodes rows of 64 elements of bfloat16, 10 to a box, but for one thing.
struct Request {
  uint64_t address = 4096;
  unsigned rank = 2, elementStride = 1;
  int type = kBfloat16, interleave = 0, swizzle = kSwizzle128, fill = 0;
  uint64_t stride = 128;
  unsigned misplaced = 0;

  int encode() const {
    void *driver = ::dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    auto function =
        reinterpret_cast<Encode>(::dlsym(driver, "cuTensorMapEncodeTiled"));
    alignas(64) uint8_t map[192];
    const uint64_t sizes[] = {64, 100}, strides[] = {stride};
    const unsigned box[] = {64, 10}, elementStrides[] = {elementStride, 1};
    return function(map + misplaced, type, rank,
                    reinterpret_cast<void *>(address), sizes, strides, box,
                    elementStrides, interleave, swizzle, 0, fill);
  }
};

TEST(EncodeTensorMap, TakesWhatTheManualAllows) {
  EXPECT_EQ(Request().encode(), kSuccess);
}

TEST(EncodeTensorMap, RefusesTheRest) {
  auto changed = [](auto change) {
    Request request;
    change(request);
    return request.encode();
  };
  EXPECT_EQ(changed([](Request &r) { r.address = 4100; }), kInvalidValue);
  EXPECT_EQ(changed([](Request &r) { r.rank = 0; }), kInvalidValue);
  EXPECT_EQ(changed([](Request &r) { r.elementStride = 2; }), kInvalidValue);
  EXPECT_EQ(changed([](Request &r) { r.type = 12; }), kInvalidValue);
  EXPECT_EQ(changed([](Request &r) { r.interleave = 1; }), kInvalidValue);
  EXPECT_EQ(changed([](Request &r) { r.swizzle = 4; }), kInvalidValue);
  EXPECT_EQ(changed([](Request &r) { r.swizzle = 2; }), kInvalidValue);
  EXPECT_EQ(changed([](Request &r) { r.fill = 1; }), kInvalidValue);
  EXPECT_EQ(changed([](Request &r) { r.stride = 120; }), kInvalidValue);
  EXPECT_EQ(changed([](Request &r) { r.misplaced = 16; }), kInvalidValue);
}

} // namespace
