/// Runs small model texts in the interpreter.
#ifndef ATTENTION_TEST_UNIT_INTERPRETERTEST_H
#define ATTENTION_TEST_UNIT_INTERPRETERTEST_H

#include "interpreter/Interpreter.h"
#include <gtest/gtest.h>
#include <string>

/// All numbers of the results of `@f` run on no arguments, or what went wrong.
struct Outcome {
  std::vector<double> numbers;
  std::string error;
};

/// Runs a module that has a function `@f` without arguments.
Outcome runModule(const std::string &text, int64_t threads = 1);

/// Runs the body of a function whose results have these types.
Outcome runBody(const std::string &types, const std::string &body);

/// Expects a body to give these numbers.
void expectNumbers(const std::string &types, const std::string &body,
                   const std::vector<double> &expected);

/// Expects a body to fail with a message that contains this text.
void expectError(const std::string &types, const std::string &body,
                 const std::string &error);

#endif // ATTENTION_TEST_UNIT_INTERPRETERTEST_H
