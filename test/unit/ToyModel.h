//===- Helpers for tests of the C ABI ---------------------------*- C++ -*-===//
#ifndef ATTENTION_TEST_UNIT_TOYMODEL_H
#define ATTENTION_TEST_UNIT_TOYMODEL_H

#include "TemporaryFolder.h"
#include "runtime/attention.h"

#include <atomic>
#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <numeric>
#include <thread>

/// The artefacts of test/Inputs/toy.c.
inline std::string toy(const char *kind) {
  return std::string(TOY_FOLDER) + "/toy-" + kind + ".so";
}

/// The message of a status, which is freed; "" on success.
inline std::string text(attn_status *status) {
  const std::string message = attn_status_message(status);
  attn_status_free(status);
  return message;
}

#define EXPECT_OK(call) EXPECT_EQ(text(call), "")
#define ASSERT_OK(call) ASSERT_EQ(text(call), "")

template <typename T, void (*free)(T *)> struct Freed {
  void operator()(T *pointer) const { free(pointer); }
};
using Model = std::unique_ptr<attn_model, Freed<attn_model, attn_model_free>>;
using Weights =
    std::unique_ptr<attn_weights, Freed<attn_weights, attn_weights_free>>;
using Pool = std::unique_ptr<attn_pool, Freed<attn_pool, attn_pool_free>>;
using Runner =
    std::unique_ptr<attn_runner, Freed<attn_runner, attn_runner_free>>;
using Session =
    std::unique_ptr<attn_session, Freed<attn_session, attn_session_free>>;

inline Model loadToy() {
  attn_model *model;
  EXPECT_OK(attn_model_load(toy("good").c_str(), &model));
  return Model(model);
}

inline const attn_function *find(const Model &model, const char *name) {
  const attn_function *function;
  EXPECT_OK(attn_model_find(model.get(), name, &function));
  return function;
}

inline Pool makePool(int64_t workers) {
  attn_pool *pool;
  EXPECT_OK(attn_pool_create(workers, &pool));
  return Pool(pool);
}

inline Runner makeRunner(const attn_function *function, const Weights &weights,
                         const Pool &pool) {
  attn_runner *runner;
  EXPECT_OK(attn_runner_create(function, weights.get(), pool.get(), &runner));
  return Runner(runner);
}

struct alignas(64) Workspace {
  char bytes[1 << 20];
};

inline attn_tensor floats(std::vector<float> &data, const int64_t &size) {
  return {data.data(), &size, ATTN_TYPE_F32, 1};
}

inline std::string tableFile(const char *name, const char *dtype,
                             const char *shape, size_t bytes) {
  const std::string header = std::string("{\"") + name + "\":{\"dtype\":\"" +
                             dtype + "\",\"shape\":" + shape +
                             ",\"data_offsets\":[0," + std::to_string(bytes) +
                             "]}}";
  std::string file(8, '\0');
  const uint64_t length = header.size();
  std::memcpy(file.data(), &length, 8);
  return file + header + std::string(bytes, '\0');
}

inline Weights weightsFrom(const std::string &path) {
  attn_weights *weights;
  EXPECT_OK(attn_weights_create(&weights));
  EXPECT_OK(attn_weights_add_file(weights, path.c_str()));
  return Weights(weights);
}

inline std::string bindMessage(const Weights &weights) {
  Model model = loadToy();
  attn_runner *runner;
  const std::string message = text(attn_runner_create(
      find(model, "look_up"), weights.get(), nullptr, &runner));
  attn_runner_free(runner);
  return message;
}

#endif
