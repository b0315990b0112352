/* The border between compiled code and the runtime: what an artefact exports,
 * and what the runtime hands to it. Plain C, no includes beyond fixed-width
 * integers; the layouts are emitted by lowering/EntryPoints.cpp, and
 * test/unit/ArtifactTest.cpp checks that both sides agree.
 *
 * An artefact exports one symbol, `attention_artifact`. Statically linked
 * objects export `<prefix>_artifact` instead, so that several fit in one
 * program. */
#ifndef ATTENTION_RUNTIME_ARTIFACT_H
#define ATTENTION_RUNTIME_ARTIFACT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ATTN_ARTIFACT_MAGIC 0x4e545441u /* "ATTN", little endian */
#define ATTN_ARTIFACT_VERSION 7u

/* See `reach`. */
#define ATTN_FORGOTTEN_AT_A_TIME 256

/* Element types, as an artefact and the C ABI number them. */
enum {
  ATTN_TYPE_F32 = 0,
  ATTN_TYPE_F64 = 1,
  ATTN_TYPE_F16 = 2,
  ATTN_TYPE_BF16 = 3,
  ATTN_TYPE_I64 = 4,
  ATTN_TYPE_I32 = 5,
  ATTN_TYPE_I1 = 6 /* one byte an element, 0 or 1 */
};

/* One argument or result of a function. */
typedef struct attn_tensor_desc {
  const char *name;     /* attention.name, else "argN" / "resultN" */
  const char *weight;   /* attention.weight, or null */
  const int64_t *shape; /* `rank` sizes, -1 where the size is dynamic */
  int32_t type;         /* ATTN_TYPE_* */
  int32_t rank;
  int32_t tokens_axis; /* attention.tokens, or -1 */
  int32_t prepared;    /* the result of the preparation that is bound here,
                          or -1 */
  /* 0, or of a part of a session's state: how many tokens, the next one
   * included, it is still asked for. Of `past` tokens it holds those from
   * max(0, past - (reach - 1)) on, rounded down to a multiple of
   * ATTN_FORGOTTEN_AT_A_TIME. */
  int64_t reach;
} attn_tensor_desc;

/* What compiled code may ask of whoever runs it. */
/* Boxes of a tensor on a device that kernels copy whole; the last dimension
 * comes first. */
typedef struct attn_tiles_desc {
  const void *start; /* at a multiple of 16 bytes */
  int64_t rank;      /* 1 to 5 */
  int64_t element_bytes;
  int64_t sizes[5];
  int64_t strides[5]; /* in bytes, multiples of 16 but the first */
  int64_t box[5];     /* 32, 64 or 128 bytes of the last dimension: swizzled */
} attn_tiles_desc;

typedef struct attn_host {
  /* Runs body(context, i, worker) for every i in [0, count), started in
   * ascending order of i, each once; worker is in [0, workers) and no two
   * bodies run at the same time with the same worker. Returns when all ended.
   */
  void (*parallel)(struct attn_host *host, int64_t count,
                   void (*body)(void *context, int64_t index, int64_t worker),
                   void *context);
  /* Notes that a run-time value is bad. `format` holds "{0}", "{1}", ... for
   * `values`. Only the failure of the smallest `order` is kept, so that the
   * message does not depend on threads. */
  void (*fail)(struct attn_host *host, int64_t order, const char *format,
               const int64_t *values, int64_t count);
  int64_t workers;
  /* For code around kernels, whose buffers and workspace are memory of a device
   * that this code never touches itself; null for other code. None of these
   * says whether it went well: what fails first is kept, and what follows does
   * nothing.
   *
   * Starts kernel number `kernel` of the code, after all that was started
   * before: blocks of `threads` threads in one dimension, each with so many
   * bytes of shared memory; `parameters` holds the address of each parameter.
   * No blocks: nothing. */
  void (*launch)(struct attn_host *host, int64_t kernel, int64_t blocks,
                 int64_t threads, int64_t shared_bytes,
                 void *const *parameters);
  /* Copies within the device; nothing overlaps. */
  void (*copy)(struct attn_host *host, void *to, const void *from,
               int64_t bytes);
  /* Where the element of so many bytes at `address` can be read, or written if
   * `writes` is not 0, until the next call of any of these functions. */
  void *(*element)(struct attn_host *host, void *address, int64_t bytes,
                   int32_t writes);
  /* The address on the device of a constant of the code. */
  void *(*constant)(struct attn_host *host, const void *data, int64_t bytes);
  /* Fills the 128 bytes at `map`, which lie at a multiple of 64, with what
   * kernels take as a tensor map (CUtensorMap). */
  void (*tensor_map)(struct attn_host *host, void *map,
                     const attn_tiles_desc *tiles);
} attn_host;

/* One run of one function. */
typedef struct attn_call {
  attn_host *host;
  void *const *buffers; /* arguments, then results: contiguous, row-major; on
                           a device at multiples of 16 bytes */
  const int64_t *sizes; /* every size of every argument, then of every result */
  void *workspace;      /* 64-byte aligned, as large as `plan` said */
} attn_call;

/* Sizes that follow from the sizes of the arguments. */
typedef struct attn_plan {
  int64_t workspace_bytes; /* shared by all workers */
  int64_t scratch_bytes;   /* for each worker, laid behind the shared part */
} attn_plan;

typedef struct attn_function_desc {
  const char *name;
  const attn_tensor_desc *arguments;
  const attn_tensor_desc *results;
  int64_t argument_count;
  int64_t result_count;
  /* Fills the sizes of the results and the plan. `sizes` as in attn_call, of
   * which the part for the arguments is given. Sizes that contradict each
   * other are reported through host->fail and end in a result other than 0. */
  int32_t (*plan)(attn_host *host, int64_t *sizes, attn_plan *plan);
  /* 0, or something else after host->fail was called. */
  int32_t (*run)(const attn_call *call);
  /* Called once, when weights are bound: takes weights alone, and its results,
   * of static shape, become the arguments that say so. Null where there are
   * none. */
  const struct attn_function_desc *preparation;
  /* The same for the next tokens of a sequence, any number of them. Behind the
   * inputs come one of type i1 and rank 1 whose size is the number of tokens
   * so far (its data is never read), and the parts of the state, which it
   * changes in place: where `tokens_axis` is not -1 there is room for more
   * tokens along it, and other dynamic sizes are the batch. Null, with the
   * reason, where tokens cannot be fed in pieces. */
  const struct attn_function_desc *step;
  const char *no_step;
  /* Of a step, a hash of the text that it comes from: a session goes on only
   * with the same. */
  uint64_t fingerprint;
} attn_function_desc;

/* All functions, compiled for one kind of processor. */
typedef struct attn_target_desc {
  const char *cpu; /* as LLVM names it: "x86-64-v3" */
  /* Features the code needs, as the kernel and LLVM name them, separated by
   * commas: "avx2,fma,avx512f"; empty for the baseline of the architecture. */
  const char *cpu_features;
  const attn_function_desc *functions;
} attn_target_desc;

/* All functions, compiled for NVIDIA GPUs: kernels, and code for the baseline
 * of the architecture that launches them. */
typedef struct attn_gpu_desc {
  const char *gpu; /* as LLVM names it: "sm_80", "sm_90a" */
  /* What a device must have: ten times its major and the minor number. */
  int32_t capability;
  int32_t exact; /* 0, or 1 where no newer device will do */
  const char *ptx;
  const char *const *kernels; /* their names, as attn_host numbers them */
  int64_t kernel_count;
  /* In the order of the other targets' functions. */
  const attn_function_desc *functions;
} attn_gpu_desc;

typedef struct attn_artifact_desc {
  uint32_t magic;
  uint32_t version;
  const char *producer;     /* "attention-compile 0.1.0" */
  const char *architecture; /* "x86_64" or "aarch64" */
  /* In the order they were asked for: weakest first. There is one target or one
   * GPU at least. */
  const attn_target_desc *const *targets;
  int64_t target_count;
  int64_t function_count; /* of every target and GPU */
  const attn_gpu_desc *const *gpus;
  int64_t gpu_count;
} attn_artifact_desc;

#define ATTN_ARTIFACT_SYMBOL "attention_artifact"

#ifdef __cplusplus
}
#endif
#endif
