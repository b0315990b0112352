//===- A folder that lives as long as a test --------------------*- C++ -*-===//
#ifndef ATTENTION_TEST_UNIT_TEMPORARYFOLDER_H
#define ATTENTION_TEST_UNIT_TEMPORARYFOLDER_H

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

class TemporaryFolder {
public:
  TemporaryFolder() {
    std::string name =
        (std::filesystem::temp_directory_path() / "attention-XXXXXX").string();
    root = ::mkdtemp(name.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(root); }

  std::string path(const std::string &name) const { return root / name; }

  std::string write(const std::string &name, const std::string &bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
    return path(name);
  }

  std::string read(const std::string &name) const {
    std::ifstream file(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  size_t fileCount() const {
    std::filesystem::directory_iterator begin(root), end;
    return static_cast<size_t>(std::distance(begin, end));
  }

private:
  std::filesystem::path root;
};

#endif
