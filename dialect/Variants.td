// Every variant; a new one is a line here and a pair of files.
include "dialect/variants/Softmax.td"
include "dialect/variants/Sigmoid.td"
include "dialect/variants/Relu.td"
include "dialect/variants/LogExp.td"
include "dialect/variants/Linear.td"
include "dialect/variants/Delta.td"
include "dialect/variants/RankOne.td"
include "dialect/variants/Custom.td"
