// Every variant; a new one is a line here and a pair of files.
include "dialect/variants/Softmax.td"
include "dialect/variants/Sigmoid.td"
include "dialect/variants/Relu.td"
