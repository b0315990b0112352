#include "tools/attention-bench/Work.h"

#include <gtest/gtest.h>

using namespace attention;

static double counted(Visits visits, int64_t length) {
  double pairs = 0;
  for (int64_t query = 0; query < length; ++query)
    for (int64_t key = 0; key < length; ++key)
      pairs += visits == Visits::Full ||
               (key <= query &&
                (visits == Visits::Causal || query - key < windowLength));
  return pairs;
}

TEST(BenchWork, counts_the_pairs_that_masks_let_see) {
  for (const Visits visits : {Visits::Full, Visits::Causal, Visits::Window})
    for (const int64_t length : {0, 1, 100, 255, 256, 257, 700})
      EXPECT_EQ(visitedPairs(visits, length), counted(visits, length))
          << length;
}

/// Multiplications of a chunk of 16 tokens, twice, product after product.
TEST(BenchWork, counts_the_products_of_a_chunk) {
  const double tokens = 16, d = 64, state = 2 * d * d * tokens,
               upToItself = 2 * d * tokens * (tokens + 1) / 2,
               before = 2 * d * tokens * (tokens - 1) / 2;
  const double read = state, write = state, scores = upToItself,
               values = upToItself;
  EXPECT_EQ(tokens * tokenWork(linearWork, 64), read + write + scores + values);
  const double answers = state, keyPairs = before, system = before;
  EXPECT_EQ(tokens * tokenWork(deltaWork, 64),
            read + write + scores + values + answers + keyPairs + system);
  const double replaced = state, replacedScores = upToItself,
               replacedValues = upToItself, removedScores = before,
               removedValues = before;
  EXPECT_EQ(tokens * tokenWork(rankOneWork, 64),
            read + write + scores + values + answers + keyPairs + system +
                replaced + replacedScores + replacedValues + removedScores +
                removedValues);
}
