/* Runs models that attention-compile made. The whole public interface.
 *
 * Every call that can fail returns a status: null on success, otherwise an
 * object with one line of text, to be freed. Nothing aborts, no exception
 * leaves, and there is no global state. What a call did not succeed in making
 * it leaves null.
 *
 * Models, functions, weights and pools may be shared by any number of threads
 * once they are made. A runner belongs to one thread at a time; to run one
 * model on many threads, make a runner for each.
 *
 *   attn_model_load("m.so", &model)              a compiled model
 *   attn_model_find(model, "encode", &function)  one of its functions
 *   attn_weights_create, attn_weights_add_file   mapped, found by name
 *   attn_pool_create(0, &pool)                   threads
 *   attn_runner_create(function, weights, pool, &runner)
 *   attn_runner_plan, attn_runner_run            for every call
 *
 * On a device, attn_device_open and attn_runner_create_on take the place of the
 * pool and of attn_runner_create.
 */
#ifndef ATTENTION_RUNTIME_ATTENTION_H
#define ATTENTION_RUNTIME_ATTENTION_H

#include "Artifact.h" /* ATTN_TYPE_*, attn_tensor_desc, attn_artifact_desc */

#define ATTN_API __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

typedef struct attn_status attn_status;
typedef struct attn_model attn_model;
typedef struct attn_function attn_function;
typedef struct attn_weights attn_weights;
typedef struct attn_pool attn_pool;
typedef struct attn_device attn_device;
typedef struct attn_device_memory attn_device_memory;
typedef struct attn_runner attn_runner;
typedef struct attn_session attn_session;

/* ---- Status ------------------------------------------------------------- */

typedef enum attn_code {
  ATTN_OK = 0,
  ATTN_INVALID,      /* an argument of the call is wrong */
  ATTN_NOT_FOUND,    /* no function, weight or device of that name */
  ATTN_BAD_FILE,     /* unreadable, malformed, not ours */
  ATTN_INCOMPATIBLE, /* another version, architecture, processor or device */
  ATTN_OUT_OF_MEMORY,
  ATTN_BAD_VALUE,    /* a value that only the run could see is wrong */
  ATTN_DEVICE_FAILED /* the device or its driver says that it cannot */
} attn_code;

/* ATTN_OK for null. */
ATTN_API attn_code attn_status_code(const attn_status *status);

/* One line, valid until the status is freed; "" for null. */
ATTN_API const char *attn_status_message(const attn_status *status);

ATTN_API void attn_status_free(attn_status *status);

/* ---- Models ------------------------------------------------------------- */

/* Opens a shared object that attention-compile made, and chooses the code for
 * the best processor whose features this one has. Refuses other files, other
 * versions, other architectures, and models without such code: the message says
 * what each would need, and what this processor and operating system have. Of a
 * model with code for devices alone nothing is chosen. */
ATTN_API attn_status *attn_model_load(const char *path, attn_model **model);

/* The same for an object that is linked into the program: pass the address of
 * the artefact that its header declares. */
ATTN_API attn_status *attn_model_link(const attn_artifact_desc *artifact,
                                      attn_model **model);

/* The same with the code for `cpu`, as attention-compile --cpu was told, and no
 * other; null leaves the choice to the features. */
ATTN_API attn_status *attn_model_load_for(const char *path, const char *cpu,
                                          attn_model **model);
ATTN_API attn_status *attn_model_link_for(const attn_artifact_desc *artifact,
                                          const char *cpu, attn_model **model);

/* The processors that there is code for; null unless 0 <= index < count. */
ATTN_API int64_t attn_model_target_count(const attn_model *model);
ATTN_API const attn_target_desc *attn_model_target(const attn_model *model,
                                                   int64_t index);

/* The one whose code runs; null where there is code for devices alone. */
ATTN_API const attn_target_desc *
attn_model_chosen_target(const attn_model *model);

/* The kinds of devices that there is code for, likewise. */
ATTN_API int64_t attn_model_gpu_count(const attn_model *model);
ATTN_API const attn_gpu_desc *attn_model_gpu(const attn_model *model,
                                             int64_t index);

/* Functions and runners of the model must not be used afterwards. */
ATTN_API void attn_model_free(attn_model *model);

/* Who compiled it: "attention-compile 0.1.0". */
ATTN_API const char *attn_model_producer(const attn_model *model);

ATTN_API int64_t attn_model_function_count(const attn_model *model);

/* Null unless 0 <= index < count. */
ATTN_API const attn_function *attn_model_function(const attn_model *model,
                                                  int64_t index);

/* By name; a null name means the only function of the model. */
ATTN_API attn_status *attn_model_find(const attn_model *model, const char *name,
                                      const attn_function **function);

ATTN_API const char *attn_function_name(const attn_function *function);

/* Arguments are inputs, which every run gives, and weights, which are bound
 * once: those whose description names a weight. */
ATTN_API int64_t attn_function_input_count(const attn_function *function);
ATTN_API int64_t attn_function_weight_count(const attn_function *function);
ATTN_API int64_t attn_function_result_count(const attn_function *function);

/* Name, shape (-1 where dynamic), type and tokens axis; null unless
 * 0 <= index < count. */
ATTN_API const attn_tensor_desc *
attn_function_input(const attn_function *function, int64_t index);
ATTN_API const attn_tensor_desc *
attn_function_weight(const attn_function *function, int64_t index);
ATTN_API const attn_tensor_desc *
attn_function_result(const attn_function *function, int64_t index);

/* Bytes of what the model computes from its weights once, in
 * attn_runner_create: converted, transposed, ...; 0 where there is nothing.
 * Runners of one function and one set of weights share them. */
ATTN_API int64_t attn_function_prepared_bytes(const attn_function *function);

/* ---- Weights ------------------------------------------------------------ */

/* A set of tensors with names. It must outlive the runners made with it. */
ATTN_API attn_status *attn_weights_create(attn_weights **weights);

/* Maps a safetensors file; nothing is copied but tensors that the file does not
 * align to their elements. Repeat it for every shard.
 * Tensors that no function asks for are allowed. */
ATTN_API attn_status *attn_weights_add_file(attn_weights *weights,
                                            const char *path);

/* A tensor of the caller's: contiguous, row-major, aligned to its elements,
 * kept alive and unchanged by the caller. It comes before a tensor of that name
 * in a file. */
ATTN_API attn_status *attn_weights_add(attn_weights *weights, const char *name,
                                       int32_t type, const int64_t *shape,
                                       int32_t rank, const void *data);

ATTN_API void attn_weights_free(attn_weights *weights);

/* ---- Pools -------------------------------------------------------------- */

/* Threads that run the parallel loops of models; 0 workers: one for each
 * processor. Runs that share a pool take turns. Fails where the system gives no
 * more threads. */
ATTN_API attn_status *attn_pool_create(int64_t workers, attn_pool **pool);

/* Runs body(context, i, worker) for every i in [0, count), started in ascending
 * order of i, each once; worker is in [0, workers) and no two bodies of one
 * call run at the same time with the same worker. Returns when all ended. */
typedef void (*attn_parallel)(void *user, int64_t count,
                              void (*body)(void *context, int64_t index,
                                           int64_t worker),
                              void *context);

/* A pool that hands every loop to a function of the host program. */
ATTN_API attn_status *attn_pool_wrap(int64_t workers, attn_parallel parallel,
                                     void *user, attn_pool **pool);

ATTN_API int64_t attn_pool_workers(const attn_pool *pool);

ATTN_API void attn_pool_free(attn_pool *pool);

/* ---- Devices ------------------------------------------------------------ */

/* NVIDIA GPUs, by their driver (libcuda.so.1), which is looked for here and
 * nowhere else. `name` is "cuda:N", counted as the driver does, or "cuda" for
 * the first. The device's primary context is shared with the rest of the
 * program; work has a stream of its own. A device may be shared by threads, and
 * must outlive everything that is made on it. */
ATTN_API attn_status *attn_device_open(const char *name, attn_device **device);

/* What the driver calls it: "NVIDIA H200". */
ATTN_API const char *attn_device_name(const attn_device *device);

ATTN_API void attn_device_free(attn_device *device);

/* Memory of the device, for inputs and results that stay there. Any other
 * memory of its primary context is as good, at multiples of 16 bytes. */
ATTN_API attn_status *attn_device_memory_create(attn_device *device,
                                                int64_t bytes,
                                                attn_device_memory **memory);
ATTN_API void *attn_device_memory_address(const attn_device_memory *memory);
ATTN_API void attn_device_memory_free(attn_device_memory *memory);

/* Copies from and to memory of the device or of the host, and returns when it
 * is done. */
ATTN_API attn_status *attn_device_copy(attn_device *device, void *to,
                                       const void *from, int64_t bytes);

/* ---- Runs --------------------------------------------------------------- */

/* A buffer of the caller's: contiguous, row-major, aligned to its elements. */
typedef struct attn_tensor {
  void *data;           /* may be null where there are no elements */
  const int64_t *shape; /* `rank` sizes */
  int32_t type;         /* ATTN_TYPE_* */
  int32_t rank;
} attn_tensor;

/* A function with its weights bound and prepared. `weights` may be null where
 * the function has none; without a pool everything runs on the calling thread.
 * Names the weights that are missing, or of another shape or type. The first
 * runner of a function allocates attn_function_prepared_bytes and runs the
 * model's preparation; others made with the same weights meanwhile share them.
 */
ATTN_API attn_status *attn_runner_create(const attn_function *function,
                                         const attn_weights *weights,
                                         attn_pool *pool, attn_runner **runner);

/* The same on a device, by the best code that the model has for it; says what
 * the model needs where there is none. Kernels are loaded once for all runners
 * of a model, weights copied once for all runners with the same; weights that
 * are on the device already stay where they are.
 *
 * Inputs and results of a run may each lie on the host or on the device: those
 * on the host are copied, those on the device must be there: the run does not
 * wait for other streams. The workspace is the runner's own, made by
 * attn_runner_plan or the first run of a size; attn_runner_plan says 0 bytes,
 * and null will do. attn_runner_run returns when the results are there. */
ATTN_API attn_status *attn_runner_create_on(const attn_function *function,
                                            const attn_weights *weights,
                                            attn_device *device,
                                            attn_runner **runner);

/* What the runner has on its device for itself: workspace, and copies of inputs
 * and results; 0 without a device. */
ATTN_API int64_t attn_runner_device_bytes(const attn_runner *runner);

ATTN_API void attn_runner_free(attn_runner *runner);

/* What follows from the sizes of the inputs, whose data is not looked at:
 * `result_sizes` (may be null) gets the sizes of all results, one result after
 * the other; `workspace_bytes` (may be null) what attn_runner_run needs. */
ATTN_API attn_status *attn_runner_plan(attn_runner *runner,
                                       const attn_tensor *inputs,
                                       int64_t *result_sizes,
                                       int64_t *workspace_bytes);

/* Runs the function: `inputs` and `results` in the order of their descriptions,
 * results of the planned sizes, overlapping nothing else; `workspace` aligned
 * to 64 bytes. Allocates nothing. When it fails the results hold nothing
 * useful. */
ATTN_API attn_status *attn_runner_run(attn_runner *runner,
                                      const attn_tensor *inputs,
                                      const attn_tensor *results,
                                      void *workspace, int64_t workspace_bytes);

/* ---- Sessions ----------------------------------------------------------- */

/* A session feeds a function whose tokens are used causally piece by piece: any
 * number of tokens at a time (a prompt at once, then one by one), each with the
 * results that the whole sequence would have. It holds what the past leaves:
 * keys and values, or a memory of constant size.
 *
 *   attn_function_step(function, &step)
 *   attn_runner_create(step, weights, pool, &runner)   one for each thread
 *   attn_session_create(step, batch, tokens, &session) any number of them
 *   attn_session_plan, attn_session_run                for every piece
 *
 * A session belongs to one thread at a time, and needs its model. */

/* The function that goes on where a session of `function` is: it takes the same
 * inputs and weights and yields the same results, for the next tokens. Says
 * why there is none. It lives as long as the model; attn_runner_plan and _run
 * are not for runners of it. */
ATTN_API attn_status *attn_function_step(const attn_function *function,
                                         const attn_function **step);

/* The bytes of the state of `batch` sequences side by side with room for so
 * many tokens: what they have left behind, and nothing else. Where queries see
 * a window only, a bound that holds for any number of tokens: of keys and
 * values a state keeps the window and 510 tokens more. */
ATTN_API attn_status *attn_session_state_bytes(const attn_function *step,
                                               int64_t batch, int64_t tokens,
                                               int64_t *bytes);

/* All the memory that a session of that state takes: the state, and 192 bytes
 * for the session itself, for the alignment of the state and for what malloc
 * adds to its two blocks. (An allocator may round large blocks up: glibc those
 * of 128 KiB and more, to whole pages.) Scratch for calls belongs to runners,
 * and the workspace to the caller. */
ATTN_API attn_status *attn_session_bytes(const attn_function *step,
                                         int64_t batch, int64_t tokens,
                                         int64_t *bytes);

/* A session without a past, with room for so many tokens at first. */
ATTN_API attn_status *attn_session_create(const attn_function *step,
                                          int64_t batch, int64_t tokens,
                                          attn_session **session);

/* The same with its state on the device, for runners of the step that were made
 * on it with attn_runner_create_on; the device must outlive it. Between calls
 * nothing of the state leaves the device, but to a file. Files of sessions are
 * the same wherever these are. */
ATTN_API attn_status *attn_session_create_on(const attn_function *step,
                                             attn_device *device, int64_t batch,
                                             int64_t tokens,
                                             attn_session **session);
ATTN_API void attn_session_free(attn_session *session);

/* How many tokens the session has seen. */
ATTN_API int64_t attn_session_tokens(const attn_session *session);

/* Forgets everything. */
ATTN_API void attn_session_reset(attn_session *session);

/* A session of its own that goes on from the same past. */
ATTN_API attn_status *attn_session_fork(const attn_session *session,
                                        attn_session **copy);

/* As attn_runner_plan; makes room for the tokens, which is all that a session
 * ever allocates (twice the room, where it was not enough; where queries see a
 * window only, room for a piece of more than 256 tokens, which the next short
 * piece gives back). */
ATTN_API attn_status *attn_session_plan(attn_session *session,
                                        attn_runner *runner,
                                        const attn_tensor *inputs,
                                        int64_t *result_sizes,
                                        int64_t *workspace_bytes);

/* As attn_runner_run, for the next tokens. After a run that failed on a value
 * (ATTN_BAD_VALUE) the session must be reset, or loaded, before it goes on. */
ATTN_API attn_status *
attn_session_run(attn_session *session, attn_runner *runner,
                 const attn_tensor *inputs, const attn_tensor *results,
                 void *workspace, int64_t workspace_bytes);

/* A file that a session of the same function, with as many sequences, goes on
 * from, bit for bit. Files that are not whole, or not its own, are refused. */
ATTN_API attn_status *attn_session_save(const attn_session *session,
                                        const char *path);
ATTN_API attn_status *attn_session_load(attn_session *session,
                                        const char *path);

#ifdef __cplusplus
}
#endif
#endif
