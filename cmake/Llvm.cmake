# Finds LLVM, MLIR and LLD 22.1 and sets how code that uses them is compiled.
# The distribution's LLVM is built with NDEBUG and without RTTI: layouts differ unless we are, too.
find_package(MLIR 22.1 REQUIRED CONFIG HINTS /usr/lib/llvm-22/lib/cmake/mlir)
find_package(LLD 22.1 REQUIRED CONFIG HINTS /usr/lib/llvm-22/lib/cmake/lld)
list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
set(LLVM_LINK_LLVM_DYLIB ON)
set(MLIR_LINK_MLIR_DYLIB ON)
find_program(LLVM_TABLEGEN_EXE llvm-tblgen HINTS ${LLVM_TOOLS_BINARY_DIR} REQUIRED)
include(TableGen)
include(AddLLVM)
include(AddMLIR)

add_library(attention_llvm INTERFACE)
target_include_directories(attention_llvm SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
target_include_directories(attention_llvm INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
target_compile_definitions(attention_llvm INTERFACE NDEBUG)
target_compile_options(attention_llvm INTERFACE -fno-rtti -fno-exceptions)
target_link_libraries(attention_llvm INTERFACE MLIR LLVM)
target_link_options(attention_llvm INTERFACE -Wl,-rpath,${LLVM_LIBRARY_DIRS})

# attention_compiler_library(NAME source...): a static library of compiler code.
function(attention_compiler_library name)
  add_library(${name} STATIC ${ARGN})
  target_link_libraries(${name} PUBLIC attention_llvm)
endfunction()
