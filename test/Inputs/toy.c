/* An artefact written by hand, as attention-compile would lay it out: enough to
 * test the runtime and its tools without a compiler. Macros spoil one thing
 * each. */
#include "runtime/Artifact.h"

#ifndef TOY_MAGIC
#define TOY_MAGIC ATTN_ARTIFACT_MAGIC
#endif
#ifndef TOY_VERSION
#define TOY_VERSION ATTN_ARTIFACT_VERSION
#endif
#ifndef TOY_FEATURES
#define TOY_FEATURES ""
#endif
#ifndef TOY_ARCHITECTURE
#if defined(__x86_64__)
#define TOY_ARCHITECTURE "x86_64"
#else
#define TOY_ARCHITECTURE "aarch64"
#endif
#endif
#ifndef TOY_SYMBOL
#define TOY_SYMBOL attention_artifact
#endif

#define TENSOR(name, weight, shape, type, rank, tokens)                        \
  {name, weight, shape, type, rank, tokens, 0}

static const int64_t vector[] = {-1}, rows[] = {-1, 4}, table[] = {8, 4};

/* add: z = x + y, through workspace (x) and scratch (y). */
struct pair {
  const float *x, *y;
  float *z, *workspace, *scratch;
};

static const int64_t scratchFloats = 16; /* one cache line a worker */

static int32_t planAdd(attn_host *host, int64_t *sizes, attn_plan *plan) {
  if (sizes[0] != sizes[1]) {
    host->fail(host, 0, "expects 'x' and 'y' of one size, but got {0} and {1}",
               sizes, 2);
    return 1;
  }
  sizes[2] = sizes[0];
  plan->workspace_bytes = 4 * sizes[0];
  plan->scratch_bytes = 4 * scratchFloats;
  return 0;
}

static void addOne(void *context, int64_t index, int64_t worker) {
  struct pair *pair = context;
  float *scratch = pair->scratch + worker * scratchFloats;
  pair->workspace[index] = pair->x[index];
  *scratch = pair->y[index];
  pair->z[index] = pair->workspace[index] + *scratch;
}

static int32_t runAdd(const attn_call *call) {
  const int64_t shared = (4 * call->sizes[0] + 63) / 64 * 64;
  struct pair pair = {call->buffers[0], call->buffers[1], call->buffers[2],
                      call->workspace,
                      (void *)((char *)call->workspace + shared)};
  call->host->parallel(call->host, call->sizes[0], addOne, &pair);
  return 0;
}

static const attn_tensor_desc addArguments[] = {
    TENSOR("x", 0, vector, ATTN_TYPE_F32, 1, 0),
    TENSOR("y", 0, vector, ATTN_TYPE_F32, 1, 0)};
static const attn_tensor_desc addResults[] = {
    TENSOR("z", 0, vector, ATTN_TYPE_F32, 1, 0)};

/* look_up: rows of a table that is a weight. */
struct lookup {
  attn_host *host;
  const int64_t *ids;
  const float *table;
  float *rows;
  int32_t failed;
};

static int32_t planLookUp(attn_host *host, int64_t *sizes, attn_plan *plan) {
  sizes[3] = sizes[0];
  sizes[4] = 4;
  return 0;
}

static void lookUpOne(void *context, int64_t index, int64_t worker) {
  struct lookup *lookup = context;
  const int64_t id = lookup->ids[index];
  if (id < 0 || id >= 8) {
    const int64_t values[] = {id, index};
    lookup->host->fail(lookup->host, index,
                       "expects an id from 0 to 7, but got {0} at element {1}",
                       values, 2);
    return;
  }
  for (int column = 0; column < 4; ++column)
    lookup->rows[4 * index + column] = lookup->table[4 * id + column];
}

static int32_t runLookUp(const attn_call *call) {
  struct lookup lookup = {call->host, call->buffers[0], call->buffers[1],
                          call->buffers[2], 0};
  call->host->parallel(call->host, call->sizes[0], lookUpOne, &lookup);
  return 0;
}

static const attn_tensor_desc lookUpArguments[] = {
    TENSOR("ids", 0, vector, ATTN_TYPE_I64, 1, 0),
    TENSOR("arg1", "embeddings.table", table, ATTN_TYPE_F32, 2, -1)};
static const attn_tensor_desc lookUpResults[] = {
    TENSOR("rows", 0, rows, ATTN_TYPE_F32, 2, 0)};

/* greedy: plans more than any machine has; runs to nothing. */
static int32_t planGreedy(attn_host *host, int64_t *sizes, attn_plan *plan) {
  plan->workspace_bytes = INT64_MAX / 4;
  return 0;
}

static int32_t runGreedy(const attn_call *call) { return 7; }

static const attn_function_desc functions[] = {
    {"add", addArguments, addResults, 2, 1, planAdd, runAdd},
    {"look_up", lookUpArguments, lookUpResults, 2, 1, planLookUp, runLookUp},
    {"greedy", 0, 0, 0, 0, planGreedy, runGreedy}};

const attn_artifact_desc TOY_SYMBOL = {TOY_MAGIC,
                                       TOY_VERSION,
                                       "by hand",
                                       TOY_FEATURES,
                                       TOY_ARCHITECTURE,
                                       functions,
                                       sizeof(functions) / sizeof(*functions)};
