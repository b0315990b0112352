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

#ifndef TOY_FINGERPRINT
#define TOY_FINGERPRINT 1
#endif
#ifndef TOY_PREPARED
#define TOY_PREPARED 0
#endif

#define TENSOR(name, weight, shape, type, rank, tokens)                        \
  {name, weight, shape, type, rank, tokens, -1, 0}
#define PREPARED(name, shape, type, rank, result)                              \
  {name, 0, shape, type, rank, -1, result, 0}

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

/* scale: y = 2 w x in f64, and which preparation doubled w. */
struct doubling {
  attn_host *host;
  const float *weight;
  double *doubled, *workspace, *scratch;
};

static const int64_t four[] = {4}, one[] = {1}, huge[] = {1l << 53};

static int32_t planDouble(attn_host *host, int64_t *sizes, attn_plan *plan) {
  sizes[1] = 4;
  sizes[2] = 1;
  plan->workspace_bytes = 64;
  plan->scratch_bytes = 64;
  return 0;
}

static void doubleOne(void *context, int64_t index, int64_t worker) {
  struct doubling *doubling = context;
  const float weight = doubling->weight[index];
  if (weight < 0) {
    const int64_t values[] = {(int64_t)weight, index};
    doubling->host->fail(doubling->host, index,
                         "expects a weight from 0, but got {0} at element {1}",
                         values, 2);
    return;
  }
  doubling->scratch[8 * worker] = weight;
  doubling->workspace[index] = doubling->scratch[8 * worker];
  doubling->doubled[index] = 2 * doubling->workspace[index];
}

static int32_t runDouble(const attn_call *call) {
  static int64_t runs; /* no two at a time with one set of weights */
  struct doubling doubling = {call->host, call->buffers[0], call->buffers[1],
                              call->workspace,
                              (void *)((char *)call->workspace + 64)};
  call->host->parallel(call->host, 4, doubleOne, &doubling);
  *(int64_t *)call->buffers[2] = ++runs;
  return 0;
}

static int32_t planScale(attn_host *host, int64_t *sizes, attn_plan *plan) {
  sizes[4] = 4;
  sizes[5] = 1;
  return 0;
}

static int32_t runScale(const attn_call *call) {
  const double *x = call->buffers[1], *doubled = call->buffers[2];
  for (int64_t i = 0; i < 4; ++i)
    ((double *)call->buffers[4])[i] = doubled[i] * x[i];
  *(int64_t *)call->buffers[5] = *(const int64_t *)call->buffers[3];
  return 0;
}

static const attn_tensor_desc doubleArguments[] = {
    TENSOR("arg0", "scale.weight", four, ATTN_TYPE_F32, 1, -1)};
static const attn_tensor_desc doubleResults[] = {
    TENSOR("result0", 0, four, ATTN_TYPE_F64, 1, -1),
    TENSOR("result1", 0, one, ATTN_TYPE_I64, 1, -1)};
static const attn_function_desc prepareScale = {"scale.prepare",
                                                doubleArguments,
                                                doubleResults,
                                                1,
                                                2,
                                                planDouble,
                                                runDouble,
                                                0,
                                                0,
                                                0,
                                                0};

static const attn_tensor_desc scaleArguments[] = {
    TENSOR("arg0", "scale.weight", four, ATTN_TYPE_F32, 1, -1),
    TENSOR("x", 0, four, ATTN_TYPE_F64, 1, -1),
    PREPARED("arg2", four, ATTN_TYPE_F64, 1, TOY_PREPARED),
    PREPARED("arg3", one, ATTN_TYPE_I64, 1, 1)};
static const attn_tensor_desc scaleResults[] = {
    TENSOR("y", 0, four, ATTN_TYPE_F64, 1, -1),
    TENSOR("preparation", 0, one, ATTN_TYPE_I64, 1, -1)};

/* swell: prepares more than any machine has. */
static const attn_tensor_desc swellResults[] = {
    TENSOR("result0", 0, huge, ATTN_TYPE_F64, 1, -1)};
static const attn_function_desc prepareSwell = {"swell.prepare",
                                                doubleArguments,
                                                swellResults,
                                                1,
                                                1,
                                                planDouble,
                                                runDouble,
                                                0,
                                                0,
                                                0,
                                                0};

/* total: the sums of all numbers so far, of each sequence. Its step keeps the
 * numbers and the last sum, and fails on negative ones half-way. */
static const int64_t sequences[] = {-1, -1};

static int32_t planTotal(attn_host *host, int64_t *sizes, attn_plan *plan) {
  (void)host;
  sizes[2] = sizes[0];
  sizes[3] = sizes[1];
  return 0;
}

static int32_t runTotal(const attn_call *call) {
  const float *x = call->buffers[0];
  for (int64_t row = 0, n = call->sizes[1]; row < call->sizes[0]; ++row) {
    float sum = 0;
    for (int64_t i = 0; i < n; ++i)
      ((float *)call->buffers[1])[row * n + i] = sum += x[row * n + i];
  }
  return 0;
}

static int32_t planTotalStep(attn_host *host, int64_t *sizes, attn_plan *plan) {
  sizes[6] = sizes[0];
  sizes[7] = sizes[1];
  plan->workspace_bytes = 64;
  if (sizes[2] + sizes[1] <= sizes[4])
    return 0;
  host->fail(host, 0, "expects room for {0} tokens, but got {1}", sizes + 2, 2);
  return 1;
}

static int32_t runTotalStep(const attn_call *call) {
  const int64_t *sizes = call->sizes, more = sizes[1], past = sizes[2],
                room = sizes[4];
  const float *x = call->buffers[0];
  float *kept = call->buffers[2], *last = call->buffers[3];
  for (int64_t row = 0; row < sizes[0]; ++row) {
    float sum = 0;
    for (int64_t i = 0; i < past; ++i)
      sum += kept[row * room + i];
    if (past && sum != last[row])
      call->host->fail(call->host, row, "expects the numbers that were kept", 0,
                       0);
    for (int64_t i = 0; i < more; ++i) {
      const float next = x[row * more + i];
      if (next < 0)
        call->host->fail(call->host, row, "expects numbers from 0", 0, 0);
      kept[row * room + past + i] = next;
      ((float *)call->buffers[4])[row * more + i] = sum += next;
    }
    last[row] = sum;
  }
  return 0;
}

static const attn_tensor_desc totalArguments[] = {
    TENSOR("x", 0, sequences, ATTN_TYPE_F32, 2, 1)};
static const attn_tensor_desc totalResults[] = {
    TENSOR("y", 0, sequences, ATTN_TYPE_F32, 2, 1)};
static const attn_tensor_desc totalStepArguments[] = {
    TENSOR("x", 0, sequences, ATTN_TYPE_F32, 2, 1),
    TENSOR("past", 0, vector, ATTN_TYPE_I1, 1, -1),
    TENSOR("kept", 0, sequences, ATTN_TYPE_F32, 2, 1),
    TENSOR("last", 0, vector, ATTN_TYPE_F32, 1, -1)};
static const attn_function_desc totalStep = {"total.step",
                                             totalStepArguments,
                                             totalResults,
                                             4,
                                             1,
                                             planTotalStep,
                                             runTotalStep,
                                             0,
                                             0,
                                             0,
                                             TOY_FINGERPRINT};

/* recent: the sum of the last three numbers of each sequence. Its step keeps the
 * numbers that are still asked for, and no others. */
enum { RECENT = 3 };

static int64_t recentlyKept(int64_t past) {
  const int64_t unseen = past < RECENT - 1 ? 0 : past - (RECENT - 1);
  return past - unseen / ATTN_FORGOTTEN_AT_A_TIME * ATTN_FORGOTTEN_AT_A_TIME;
}

static int32_t runRecent(const attn_call *call) {
  const float *x = call->buffers[0];
  float *y = call->buffers[1];
  for (int64_t row = 0, n = call->sizes[1]; row < call->sizes[0]; ++row)
    for (int64_t i = 0; i < n; ++i) {
      y[row * n + i] = 0;
      for (int64_t j = i; j >= 0 && j > i - RECENT; --j)
        y[row * n + i] += x[row * n + j];
    }
  return 0;
}

static int32_t planRecentStep(attn_host *host, int64_t *sizes,
                              attn_plan *plan) {
  int64_t values[2] = {recentlyKept(sizes[2]) + sizes[1], sizes[4]};
  (void)plan;
  sizes[5] = sizes[0];
  sizes[6] = sizes[1];
  if (values[0] <= values[1])
    return 0;
  host->fail(host, 0, "expects room for {0} tokens, but got {1}", values, 2);
  return 1;
}

static int32_t runRecentStep(const attn_call *call) {
  const int64_t *sizes = call->sizes, more = sizes[1], room = sizes[4],
                kept = recentlyKept(sizes[2]);
  const float *x = call->buffers[0];
  for (int64_t row = 0; row < sizes[0]; ++row) {
    float *all = (float *)call->buffers[2] + row * room;
    float *y = (float *)call->buffers[3] + row * more;
    for (int64_t i = 0; i < more; ++i) {
      all[kept + i] = x[row * more + i];
      y[i] = 0;
      for (int64_t j = kept + i; j >= 0 && j > kept + i - RECENT; --j)
        y[i] += all[j];
    }
  }
  return 0;
}

static const attn_tensor_desc recentStepArguments[] = {
    TENSOR("x", 0, sequences, ATTN_TYPE_F32, 2, 1),
    TENSOR("past", 0, vector, ATTN_TYPE_I1, 1, -1),
    {"kept", 0, sequences, ATTN_TYPE_F32, 2, 1, -1, RECENT}};
static const attn_function_desc recentStep = {"recent.step",
                                              recentStepArguments,
                                              totalResults,
                                              3,
                                              1,
                                              planRecentStep,
                                              runRecentStep,
                                              0,
                                              0,
                                              0,
                                              TOY_FINGERPRINT};

static const attn_function_desc functions[] = {
    {"add", addArguments, addResults, 2, 1, planAdd, runAdd, 0, 0,
     "'toy.add' counts its tokens", 0},
    {"look_up", lookUpArguments, lookUpResults, 2, 1, planLookUp, runLookUp, 0,
     0, 0, 0},
    {"greedy", 0, 0, 0, 0, planGreedy, runGreedy, 0, 0, 0, 0},
    {"scale", scaleArguments, scaleResults, 4, 2, planScale, runScale,
     &prepareScale, 0, 0, 0},
    {"swell", doubleArguments, 0, 1, 0, planGreedy, runGreedy, &prepareSwell, 0,
     0, 0},
    {"total", totalArguments, totalResults, 1, 1, planTotal, runTotal, 0,
     &totalStep, 0, 0},
    {"recent", totalArguments, totalResults, 1, 1, planTotal, runRecent, 0,
     &recentStep, 0, 0}};

#ifndef TOY_TARGETS
#define TOY_TARGETS TARGET("generic", "")
#define TOY_TARGET_COUNT 1
#endif
#define TARGET(cpu, features) {cpu, features, functions}
static const attn_target_desc targets[4] = {TOY_TARGETS};
static const attn_target_desc *const addresses[] = {targets, targets + 1,
                                                    targets + 2, targets + 3};

static const attn_gpu_desc *const gpus[1] = {0};

const attn_artifact_desc TOY_SYMBOL = {TOY_MAGIC,
                                       TOY_VERSION,
                                       "by hand",
                                       TOY_ARCHITECTURE,
                                       addresses,
                                       TOY_TARGET_COUNT,
                                       sizeof(functions) / sizeof(*functions),
                                       gpus,
                                       0};
