//===- Text in JSON -------------------------------------------------------===//
#include "runtime/files/JsonText.h"

#include <cstdio>

std::string attention::jsonString(const std::string &text) {
  std::string quoted = "\"";
  for (char letter : text) {
    char escaped[8];
    if (letter == '"' || letter == '\\')
      quoted += {'\\', letter};
    else if (static_cast<unsigned char>(letter) < ' ') {
      std::snprintf(escaped, sizeof(escaped), "\\u%04x", letter);
      quoted += escaped;
    } else
      quoted += letter;
  }
  return quoted + "\"";
}
