//===- A sequence that a function is fed piece by piece -------------------===//
#include "runtime/Session.h"
#include "runtime/Runner.h"
#include "runtime/Status.h"
#include "runtime/cuda/Device.h"
#include "runtime/files/NearestName.h"

#include <algorithm>
#include <limits>

using namespace attention;

attn_status *attn_session::reserve(StateRoom wanted) {
  // A state that does not grow never has to move.
  if (!grows(step))
    wanted.tokens = std::numeric_limits<int64_t>::max();
  StateLayout layout, wider;
  StateMemory moved(memory.where());
  if (attn_status *status = wider.lay(step, batch, wanted))
    return status;
  if (attn_status *status = moved.allocate(wider.bytes()))
    return status;
  if (tokens) {
    if (attn_status *status = layout.lay(step, batch, room))
      return status;
    if (attn_status *status =
            layout.copy(memory.get(), wider, moved.get(), tokens,
                        {memory.where(), moved.where()}))
      return status;
  }
  room = wanted;
  memory = std::move(moved);
  return nullptr;
}

attn_status *attn_session::fork(std::unique_ptr<attn_session> &copy) const {
  copy = std::make_unique<attn_session>(step, batch, memory.where());
  if (attn_status *status = copy->reserve(room))
    return status;
  StateLayout layout;
  if (attn_status *status = layout.lay(step, batch, room))
    return status;
  if (tokens)
    if (attn_status *status =
            layout.copy(memory.get(), layout, copy->memory.get(), tokens,
                        {memory.where(), memory.where()}))
      return status;
  copy->tokens = tokens;
  copy->isBroken = isBroken;
  return nullptr;
}

/// All inputs that have tokens have as many, and the batch of the session.
attn_status *attn_session::countTokens(const attn_tensor *inputs,
                                       int64_t &more) const {
  const attn_tensor_desc *first = nullptr;
  for (size_t i = 0; i < step.given; ++i) {
    const attn_tensor_desc &desc = *step.inputs[i];
    if (desc.tokens_axis < 0 || inputs[i].rank != desc.rank || !inputs[i].shape)
      continue; // the runner says what is wrong with it
    const int64_t size = inputs[i].shape[desc.tokens_axis];
    if (first && size != more)
      return makeStatus(ATTN_INVALID, "expects " + quote(first->name) +
                                          " and " + quote(desc.name) +
                                          " of as many tokens, but got " +
                                          std::to_string(more) + " and " +
                                          std::to_string(size));
    if (desc.tokens_axis != 0 && desc.shape[0] < 0 &&
        inputs[i].shape[0] != batch)
      return makeStatus(ATTN_INVALID,
                        "expects " + quote(desc.name) + " of the session's " +
                            std::to_string(batch) + " sequences, but got " +
                            std::to_string(inputs[i].shape[0]));
    first = &desc;
    more = size;
  }
  return nullptr;
}

/// Room for more tokens, twice as much where there is not enough; where only
/// the last ones are kept, for a long piece as long as such pieces come.
attn_status *attn_session::makeRoom(int64_t more) {
  StateRoom wanted = room;
  if (more > room.tokens - tokens) {
    if (__builtin_add_overflow(tokens, more, &wanted.tokens))
      wanted.tokens = more; // a size that reserve() refuses
    if (room.tokens > wanted.tokens / 2)
      wanted.tokens = room.tokens * 2;
  }
  if (forgets(step))
    wanted.piece = more <= leastPiece ? leastPiece : std::max(more, room.piece);
  return wanted == room ? nullptr : reserve(wanted);
}

/// What no later token asks for makes room, once there is enough of it.
attn_status *attn_session::forget(attn_runner &runner, int64_t more) {
  StateLayout &layout = runner.stateLayout;
  if (attn_status *status = layout.lay(step, batch, room))
    return status;
  return layout.forget(memory.get(), tokens, tokens + more,
                       {memory.where(), memory.where()});
}

/// The arguments of the step: the caller's inputs, the tokens so far, and the
/// state.
attn_status *attn_session::putArguments(attn_runner &runner,
                                        const attn_tensor *inputs) const {
  StateLayout &layout = runner.stateLayout;
  if (attn_status *status = layout.lay(step, batch, room))
    return status;
  std::vector<attn_tensor> &arguments = runner.stepArguments;
  arguments.assign(inputs, inputs + step.given);
  // Nobody looks at the data of the past: its size is what it says.
  arguments.push_back(
      {const_cast<int64_t *>(&tokens), &tokens, ATTN_TYPE_I1, 1});
  for (const StatePart &part : layout.parts())
    arguments.push_back({memory.get() + part.offset, part.shape,
                         part.desc->type, part.desc->rank});
  return nullptr;
}

static std::string placeOf(const attn_device *device) {
  return device ? "device " + device->label : "processors";
}

attn_status *attn_session::plan(attn_runner &runner, const attn_tensor *inputs,
                                int64_t &more) {
  if (&runner.target() != &step)
    return makeStatus(ATTN_INVALID,
                      "expects a runner of the session's function " +
                          quote(step.desc->name));
  if (runner.deviceTarget() != memory.where())
    return makeStatus(ATTN_INVALID, "expects a runner on the session's " +
                                        placeOf(memory.where()) +
                                        ", but got one on " +
                                        placeOf(runner.deviceTarget()));
  if (!inputs && step.given)
    return makeStatus(ATTN_INVALID, "expects inputs, but got null");
  more = 0;
  if (attn_status *status = countTokens(inputs, more))
    return status;
  if (attn_status *status = makeRoom(more))
    return status;
  if (attn_status *status = putArguments(runner, inputs))
    return status;
  return runner.plan(runner.stepArguments.data());
}

attn_status *attn_session::run(attn_runner &runner, const attn_tensor *inputs,
                               const attn_tensor *results, void *workspace,
                               int64_t bytes) {
  if (isBroken)
    return makeStatus(ATTN_INVALID, "expects a session that is reset after a "
                                    "run that failed");
  int64_t more;
  if (attn_status *status = plan(runner, inputs, more))
    return status;
  attn_status *status =
      runner.run(runner.stepArguments.data(), results, workspace, bytes);
  // A run that was refused has not touched the state; one that failed has.
  isBroken = status && attn_status_code(status) == ATTN_BAD_VALUE;
  if (status)
    return status;
  status = forget(runner, more);
  isBroken = status != nullptr;
  tokens += more;
  return status;
}

//===----------------------------------------------------------------------===//
// The C ABI
//===----------------------------------------------------------------------===//

attn_status *attn_function_step(const attn_function *function,
                                const attn_function **step) {
  *step = nullptr;
  if (!function)
    return makeStatus(ATTN_INVALID, "expects a function, but got null");
  return guarded([&]() -> attn_status * {
    if ((*step = function->step.get()))
      return nullptr;
    const char *reason = function->desc->no_step;
    return makeStatus(ATTN_NOT_FOUND,
                      "function " + quote(function->desc->name) +
                          " does not run as a session" +
                          (reason ? std::string(": ") + reason : ""));
  });
}

/// A session, and a runner of its step, are there.
static attn_status *checkHandles(const attn_session *session,
                                 const attn_runner *runner) {
  if (attn_status *status = checkHandle(session, "a session"))
    return status;
  return checkHandle(runner, "a runner");
}

static attn_status *checkStep(const attn_function *step, int64_t batch) {
  if (!step || !step->isStep)
    return makeStatus(ATTN_INVALID,
                      "expects a function from attn_function_step");
  if (batch < 0)
    return makeStatus(ATTN_INVALID, "expects 0 or more sequences, but got " +
                                        std::to_string(batch));
  return nullptr;
}

attn_status *attn_session_state_bytes(const attn_function *step, int64_t batch,
                                      int64_t tokens, int64_t *bytes) {
  *bytes = 0;
  return guarded([&]() -> attn_status * {
    if (attn_status *status = checkStep(step, batch))
      return status;
    StateLayout layout;
    if (attn_status *status = layout.lay(
            *step, batch, {std::max<int64_t>(tokens, 0), leastPiece}))
      return status;
    *bytes = layout.bytes();
    return nullptr;
  });
}

attn_status *attn_session_bytes(const attn_function *step, int64_t batch,
                                int64_t tokens, int64_t *bytes) {
  if (attn_status *status =
          attn_session_state_bytes(step, batch, tokens, bytes))
    return status;
  *bytes += bytesBesideState;
  return nullptr;
}

static attn_status *create(const attn_function *step, attn_device *device,
                           int64_t batch, int64_t tokens,
                           attn_session **session) {
  *session = nullptr;
  return guarded([&]() -> attn_status * {
    if (attn_status *status = checkStep(step, batch))
      return status;
    auto made = std::make_unique<attn_session>(*step, batch, device);
    if (attn_status *status =
            made->reserve({std::max<int64_t>(tokens, 0), leastPiece}))
      return status;
    *session = made.release();
    return nullptr;
  });
}

attn_status *attn_session_create(const attn_function *step, int64_t batch,
                                 int64_t tokens, attn_session **session) {
  return create(step, nullptr, batch, tokens, session);
}

attn_status *attn_session_create_on(const attn_function *step,
                                    attn_device *device, int64_t batch,
                                    int64_t tokens, attn_session **session) {
  *session = nullptr;
  if (!device)
    return makeStatus(ATTN_INVALID, "expects a device, but got null");
  return create(step, device, batch, tokens, session);
}

void attn_session_free(attn_session *session) { delete session; }

int64_t attn_session_tokens(const attn_session *session) {
  return session->tokens;
}

void attn_session_reset(attn_session *session) {
  session->tokens = 0;
  session->isBroken = false;
}

attn_status *attn_session_fork(const attn_session *session,
                               attn_session **copy) {
  *copy = nullptr;
  return guarded([&]() -> attn_status * {
    if (attn_status *status = checkHandle(session, "a session"))
      return status;
    std::unique_ptr<attn_session> made;
    if (attn_status *status = session->fork(made))
      return status;
    *copy = made.release();
    return nullptr;
  });
}

attn_status *attn_session_plan(attn_session *session, attn_runner *runner,
                               const attn_tensor *inputs, int64_t *resultSizes,
                               int64_t *workspaceBytes) {
  return guarded([&]() -> attn_status * {
    if (attn_status *status = checkHandles(session, runner))
      return status;
    int64_t more;
    if (attn_status *status = session->plan(*runner, inputs, more))
      return status;
    if (resultSizes)
      std::copy_n(runner->resultSizes(), runner->resultSizeCount(),
                  resultSizes);
    if (workspaceBytes)
      *workspaceBytes = runner->workspaceBytes();
    return nullptr;
  });
}

attn_status *attn_session_run(attn_session *session, attn_runner *runner,
                              const attn_tensor *inputs,
                              const attn_tensor *results, void *workspace,
                              int64_t workspaceBytes) {
  return guarded([&] {
    attn_status *status = checkHandles(session, runner);
    return status ? status
                  : session->run(*runner, inputs, results, workspace,
                                 workspaceBytes);
  });
}

attn_status *attn_session_save(const attn_session *session, const char *path) {
  return guarded([&] {
    attn_status *status = checkHandle(session, "a session");
    return status ? status : session->save(path);
  });
}

attn_status *attn_session_load(attn_session *session, const char *path) {
  return guarded([&] {
    attn_status *status = checkHandle(session, "a session");
    return status ? status : session->load(path);
  });
}
