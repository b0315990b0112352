#include "test/emulator/Assembly.h"

#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace attention::emulator {

/// Words, numbers and `$n`; whatever else counts is a character by itself.
static std::vector<std::string> tokensOf(StringRef text) {
  std::vector<std::string> tokens;
  while (!(text = text.ltrim(" \t\n\r,[]")).empty()) {
    StringRef word = text.take_while(
        [](char c) { return isAlnum(c) || StringRef("_.$%:-").contains(c); });
    word = word.empty() ? text.take_front() : word;
    tokens.push_back(word.str());
    text = text.drop_front(word.size());
  }
  return tokens;
}

static Statement statementOf(ArrayRef<std::string> tokens) {
  Statement statement;
  if (tokens.front() == "@") {
    statement.isNegated = tokens.size() > 1 && tokens[1] == "!";
    tokens = tokens.drop_front(statement.isNegated ? 2 : 1);
    statement.predicate = tokens.empty() ? "" : tokens.front();
    tokens = tokens.drop_front(!tokens.empty());
  }
  if (!tokens.empty())
    statement.opcode = tokens.front();
  for (const std::string &token : tokens.drop_front(!tokens.empty()))
    if (token != "{" && token != "}")
      statement.operands.push_back(token);
  return statement;
}

std::vector<Statement> parseAssembly(StringRef text) {
  std::vector<Statement> statements;
  std::vector<std::string> tokens;
  for (std::string &token : tokensOf(text)) {
    bool opens = tokens.empty();
    if (opens && (token == "{" || token == "}" || token == ";"))
      continue; // of a scope
    if (token == ";" || (opens && StringRef(token).ends_with(":"))) {
      if (token != ";")
        tokens.push_back(token);
      statements.push_back(statementOf(tokens));
      tokens.clear();
      continue;
    }
    tokens.push_back(token);
  }
  if (!tokens.empty())
    statements.push_back(statementOf(tokens));
  return statements;
}

} // namespace attention::emulator
