#include "runtime/files/RunOptions.h"

#include <gtest/gtest.h>

using namespace attention;

static Result<RunOptions> parse(std::vector<const char *> arguments) {
  arguments.insert(arguments.begin(), "attention-run");
  return parseRunOptions(static_cast<int>(arguments.size()), arguments.data());
}

TEST(RunOptions, reads_everything) {
  Result<RunOptions> options =
      parse({"--weights", "a.safetensors", "b.safetensors", "m.so", "encode",
             "--weights=c.safetensors", "--input", "x=random:2",
             "--input=y=y.npy", "--output", "o=o.npy", "--threads", "3",
             "--repeat=5", "--json", "t.json", "--device", "cpu", "--list"});
  ASSERT_TRUE(options) << options.message();
  EXPECT_EQ(options->model, "m.so");
  EXPECT_EQ(options->function, "encode");
  EXPECT_EQ(options->weights.size(), 3u);
  EXPECT_EQ(options->inputs.size(), 2u);
  EXPECT_EQ(options->outputs.at(0).path, "o.npy");
  EXPECT_EQ(options->threads, 3);
  EXPECT_EQ(options->repeat, 5);
  EXPECT_EQ(options->json, "t.json");
  EXPECT_TRUE(options->list);
}

TEST(RunOptions, refuses_with_one_clear_line) {
  EXPECT_EQ(parse({"m.so", "--thread", "3"}).message(),
            "unknown flag '--thread' (the nearest is '--threads')");
  EXPECT_EQ(parse({"m.so", "--threads", "0"}).message(),
            "expects a number from 1 to 1024 after --threads, but got '0'");
  EXPECT_EQ(
      parse({"m.so", "--repeat", "many"}).message(),
      "expects a number from 1 to 1000000 after --repeat, but got 'many'");
  EXPECT_EQ(parse({"m.so", "--json"}).message(), "expects F after --json");
  EXPECT_EQ(parse({"m.so", "--device", "cuda:1"})->device, "cuda:1");
  EXPECT_EQ(parse({"m.so", "--device", "cuba"}).message(),
            "expects device cpu, cuda or cuda:N, but got 'cuba'");
  EXPECT_EQ(parse({"m.so", "--list=yes"}).message(),
            "expects no value after --list, but got 'yes'");
  EXPECT_EQ(parse({"m.so", "f", "g"}).message(),
            "expects a model and a function, but got 'g' as well");
  EXPECT_EQ(
      parse({"m.so", "--input", "x=zeros:1", "--input", "x=zeros:1"}).message(),
      "input 'x' is given twice");
  EXPECT_EQ(parse({}).message(), "expects a model to run (see --help)");
}

TEST(RunOptions, help_wins) {
  Result<RunOptions> options = parse({"--help", "--nonsense"});
  ASSERT_TRUE(options);
  EXPECT_TRUE(options->help);
}
