/* A C program with a compiled model inside: it attends over random queries,
 * keys and values, and compares the output with plain loops. */
#include "attend.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { BATCH = 2, HEADS = 4, LENGTH = 75, COLUMNS = 32 };
#define ROWS (BATCH * HEADS * LENGTH)

static float q[ROWS * COLUMNS], k[ROWS * COLUMNS], v[ROWS * COLUMNS],
    o[ROWS * COLUMNS];

/* Prints what went wrong, if anything did, and ends the program. */
static void check(attn_status *status) {
  if (!status)
    return;
  fprintf(stderr, "embed-in-c: error: %s\n", attn_status_message(status));
  attn_status_free(status);
  exit(1);
}

static void fill(float *tensor) {
  for (int i = 0; i < ROWS * COLUMNS; ++i)
    tensor[i] = (float)rand() / (float)RAND_MAX * 4 - 2;
}

/* Row `row` of the output by definition: sum_j softmax_j(q . k_j / sqrt(d))
 * v_j. */
static void attend_row(int row, double *out /* COLUMNS */) {
  const int query = row % LENGTH, first = row - query;
  double total = 0;
  for (int c = 0; c < COLUMNS; ++c)
    out[c] = 0;
  for (int key = 0; key <= query; ++key) {
    double score = 0;
    for (int c = 0; c < COLUMNS; ++c)
      score += (double)q[row * COLUMNS + c] * k[(first + key) * COLUMNS + c];
    const double weight = exp(score / sqrt(COLUMNS));
    total += weight;
    for (int c = 0; c < COLUMNS; ++c)
      out[c] += weight * v[(first + key) * COLUMNS + c];
  }
  for (int c = 0; c < COLUMNS; ++c)
    out[c] /= total;
}

static double worst_error(void) {
  double worst = 0;
  for (int row = 0; row < ROWS; ++row) {
    double expected[COLUMNS];
    attend_row(row, expected);
    for (int c = 0; c < COLUMNS; ++c)
      worst = fmax(worst, fabs(expected[c] - o[row * COLUMNS + c]));
  }
  return worst;
}

int main(void) {
  attn_model *model;
  const attn_function *function;
  attn_pool *pool;
  attn_runner *runner;
  check(attn_model_link(&attend_artifact, &model));
  check(attn_model_find(model, "attend", &function));
  check(attn_pool_create(2, &pool));
  check(attn_runner_create(function, NULL, pool, &runner));

  const int64_t shape[] = {BATCH, HEADS, LENGTH, COLUMNS};
  int64_t planned[4], bytes;
  check(attend_attend_plan(runner, shape, shape, shape, planned, &bytes));
  void *workspace = bytes ? aligned_alloc(64, (size_t)bytes) : NULL;
  if (bytes && !workspace) {
    fprintf(stderr, "embed-in-c: error: not enough memory for %lld bytes\n",
            (long long)bytes);
    return 1;
  }
  fill(q);
  fill(k);
  fill(v);
  check(attend_attend(runner, q, shape, k, shape, v, shape, o, planned,
                      workspace, bytes));

  const double error = worst_error();
  printf("%d x %d x %d x %d, %lld bytes of workspace: largest error %.1e\n",
         BATCH, HEADS, LENGTH, COLUMNS, (long long)bytes, error);

  free(workspace);
  attn_runner_free(runner);
  attn_pool_free(pool);
  attn_model_free(model);
  return error < 1e-5 ? 0 : 1;
}
