//===- A device and its memory --------------------------------------------===//
#include "runtime/cuda/Device.h"

#include "runtime/Status.h"
#include "runtime/files/NearestName.h"

#include <charconv>
#include <cstring>
#include <utility>

using namespace attention;
using namespace attention::cuda;

//===----------------------------------------------------------------------===//
// Opening
//===----------------------------------------------------------------------===//

/// N of "cuda:N", 0 for "cuda"; false for anything else.
static bool parseOrdinal(const std::string &name, int &ordinal) {
  ordinal = 0;
  if (name == "cuda")
    return true;
  if (name.rfind("cuda:", 0) != 0)
    return false;
  const char *first = name.data() + 5, *end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(first, end, ordinal);
  return error == std::errc() && stop == end && ordinal >= 0;
}

/// Name, and what code has to know.
attn_status *attn_device::describe(int device) {
  char text[256] = "";
  int major = 0, minor = 0, shared = 0, count = 0;
  if (attn_status *status = driver.check(
          driver.deviceGetName(text, sizeof(text) - 1, device), "be named"))
    return status;
  for (auto [attribute, value] :
       {std::pair(capabilityMajor, &major), std::pair(capabilityMinor, &minor),
        std::pair(mostSharedBytesOfBlock, &shared),
        std::pair(multiprocessorCount, &count)})
    if (attn_status *status =
            driver.check(driver.deviceGetAttribute(value, attribute, device),
                         "tell its capability and memory"))
      return status;
  name = text;
  capability = 10 * major + minor;
  sharedBytes = shared;
  multiprocessors = count;
  return driver.check(driver.driverGetVersion(&driverVersion),
                      "tell its driver's version");
}

/// The driver's number of the device that was asked for.
attn_status *attn_device::find(const std::string &wanted, int &device) {
  int count = 0;
  int error = driver.init(0);
  if (error == 0)
    error = driver.deviceGetCount(&count);
  if (error == errorNoDevice || (error == 0 && count == 0))
    return makeStatus(ATTN_NOT_FOUND,
                      "device " + quote(wanted) +
                          " expects an NVIDIA device, but the driver finds "
                          "none");
  if (attn_status *status = driver.check(error, "be found"))
    return status;
  if (ordinal >= count)
    return makeStatus(ATTN_NOT_FOUND, "expects a device from cuda:0 to cuda:" +
                                          std::to_string(count - 1) +
                                          ", but got " + quote(wanted));
  return driver.check(driver.deviceGet(&device, ordinal), "be opened");
}

attn_status *attn_device::open(const std::string &wanted) {
  if (!parseOrdinal(wanted, ordinal))
    return makeStatus(ATTN_INVALID,
                      "expects a device like cuda or cuda:1, but got " +
                          quote(wanted));
  label = "cuda:" + std::to_string(ordinal);
  if (attn_status *status = driver.open(wanted))
    return status;
  int device = 0;
  if (attn_status *status = find(wanted, device))
    return status;
  if (attn_status *status = describe(device))
    return status;
  void *retained = nullptr;
  if (attn_status *status = driver.check(
          driver.primaryContextRetain(&retained, device), "be opened"))
    return status;
  context = retained;
  handle = device;
  Current current(*this);
  if (attn_status *status = current.status())
    return status;
  return driver.check(driver.streamCreate(&stream, streamNonBlocking),
                      "make a stream");
}

attn_device::~attn_device() {
  if (stream) {
    Current current(*this);
    driver.streamDestroy(stream);
  }
  if (context)
    driver.primaryContextRelease(handle);
}

Current::Current(const attn_device &device)
    : device(device), error(device.driver.contextPushCurrent(device.context)) {}

Current::~Current() {
  void *before;
  if (error == 0)
    device.driver.contextPopCurrent(&before);
}

attn_status *Current::status() {
  return device.driver.check(error, "become the thread's");
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

static Address addressOf(const void *pointer) {
  return reinterpret_cast<Address>(pointer);
}

attn_status *attn_device::checkCopy(int error, int64_t bytes) const {
  return error == 0
             ? nullptr
             : driver.check(error, "copy " + std::to_string(bytes) + " bytes");
}

attn_status *attn_device::copyIn(void *to, const void *from,
                                 int64_t bytes) const {
  const auto count = static_cast<size_t>(bytes);
  return checkCopy(
      count ? driver.copyToDevice(addressOf(to), from, count, stream) : 0,
      bytes);
}

attn_status *attn_device::copyOut(void *to, const void *from,
                                  int64_t bytes) const {
  const auto count = static_cast<size_t>(bytes);
  return checkCopy(
      count ? driver.copyFromDevice(to, addressOf(from), count, stream) : 0,
      bytes);
}

attn_status *attn_device::copyWithin(void *to, const void *from, int64_t bytes,
                                     void *onStream) const {
  const auto count = static_cast<size_t>(bytes);
  return checkCopy(
      count ? driver.copyWithin(addressOf(to), addressOf(from), count, onStream)
            : 0,
      bytes);
}

attn_status *attn_device::wait() const {
  return driver.check(driver.streamSynchronize(stream), "finish");
}

attn_status *attn_device::locate(const void *pointer, bool &onDevice) const {
  unsigned type = 0;
  int on = 0;
  const Address address = addressOf(pointer);
  // The driver does not know ordinary memory of the host.
  onDevice = pointer &&
             driver.pointerGetAttribute(&type, memoryType, address) == 0 &&
             type == deviceMemory;
  if (!onDevice)
    return nullptr;
  if (attn_status *status =
          driver.check(driver.pointerGetAttribute(&on, deviceOrdinal, address),
                       "tell whose memory it is"))
    return status;
  if (on != ordinal)
    return makeStatus(ATTN_INVALID,
                      "expects memory of the host or of " + label +
                          ", but got memory of cuda:" + std::to_string(on));
  return nullptr;
}

DeviceMemory::~DeviceMemory() {
  if (!start)
    return;
  Current current(*device);
  device->driver.memoryFree(start);
}

Address DeviceMemory::release() {
  bytes = 0;
  return std::exchange(start, 0);
}

DeviceMemory DeviceMemory::adopt(attn_device &device, Address start) {
  DeviceMemory memory;
  memory.device = &device;
  memory.start = start;
  return memory;
}

attn_status *DeviceMemory::allocate(attn_device &where, int64_t count,
                                    const char *what) {
  *this = DeviceMemory();
  if (count <= 0)
    return nullptr;
  Current current(where);
  if (attn_status *status = current.status())
    return status;
  const Driver &driver = where.driver;
  const int error = driver.memoryAllocate(&start, static_cast<size_t>(count));
  if (error == errorOutOfMemory) {
    size_t free = 0, total = 0;
    driver.memoryGetInfo(&free, &total);
    return makeStatus(ATTN_OUT_OF_MEMORY,
                      "not enough memory on " + where.label + " (" +
                          where.name + ") for " + what + " of " +
                          std::to_string(count) +
                          " bytes: " + std::to_string(free) + " of " +
                          std::to_string(total) + " are free");
  }
  if (attn_status *status = driver.check(error, "allocate memory"))
    return status;
  device = &where;
  bytes = count;
  return nullptr;
}

//===----------------------------------------------------------------------===//
// The C ABI
//===----------------------------------------------------------------------===//

attn_status *attn_device_open(const char *name, attn_device **device) {
  *device = nullptr;
  if (!name)
    return makeStatus(ATTN_INVALID, "expects a device's name, but got null");
  return guarded([&]() -> attn_status * {
    auto made = std::make_unique<attn_device>();
    if (attn_status *status = made->open(name))
      return status;
    *device = made.release();
    return nullptr;
  });
}

void attn_device_free(attn_device *device) { delete device; }

const char *attn_device_name(const attn_device *device) {
  return device->name.c_str();
}

struct attn_device_memory {
  DeviceMemory memory;
};

attn_status *attn_device_memory_create(attn_device *device, int64_t bytes,
                                       attn_device_memory **memory) {
  *memory = nullptr;
  if (!device || bytes < 0)
    return makeStatus(ATTN_INVALID, "expects a device and a size");
  return guarded([&]() -> attn_status * {
    auto made = std::make_unique<attn_device_memory>();
    if (attn_status *status =
            made->memory.allocate(*device, bytes, "a caller's buffer"))
      return status;
    *memory = made.release();
    return nullptr;
  });
}

void *attn_device_memory_address(const attn_device_memory *memory) {
  return memory->memory.data();
}

void attn_device_memory_free(attn_device_memory *memory) { delete memory; }

attn_status *attn_device_copy(attn_device *device, void *to, const void *from,
                              int64_t bytes) {
  if (!device || bytes < 0 || (bytes > 0 && (!to || !from)))
    return makeStatus(ATTN_INVALID, "expects a device, two addresses and a "
                                    "size");
  return guarded([&]() -> attn_status * {
    Current current(*device);
    if (attn_status *status = current.status())
      return status;
    bool toDevice = false, fromDevice = false;
    for (auto [pointer, there] :
         {std::pair<const void *, bool *>(to, &toDevice),
          std::pair<const void *, bool *>(from, &fromDevice)})
      if (attn_status *status = device->locate(pointer, *there))
        return status;
    if (!toDevice && !fromDevice && bytes > 0)
      std::memcpy(to, from, static_cast<size_t>(bytes));
    if (attn_status *status = toDevice && fromDevice
                                  ? device->copyWithin(to, from, bytes)
                              : toDevice   ? device->copyIn(to, from, bytes)
                              : fromDevice ? device->copyOut(to, from, bytes)
                                           : nullptr)
      return status;
    return device->wait();
  });
}
