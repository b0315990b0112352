func.func @attend(%q: tensor<1x1x?x16xf32> {attention.name = "q"}, %k: tensor<1x1x?x16xf32> {attention.name = "k"},
                  %v: tensor<1x1x?x16xf32> {attention.name = "v"}) -> (tensor<1x1x?x16xf32> {attention.name = "o"}) {
  %o = attention.attend #attention.softmax %q, %k, %v MASK : tensor<1x1x?x16xf32>, tensor<1x1x?x16xf32>, tensor<1x1x?x16xf32>
  return %o : tensor<1x1x?x16xf32>
}
