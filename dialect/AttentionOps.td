// Every definition of the dialect, for one run of the generators each.
include "dialect/Attention.td"
include "dialect/AttentionAttributes.td"
include "dialect/Variants.td"
include "dialect/VariantOp.td"
include "dialect/AttendOps.td"
include "dialect/StateOps.td"
include "dialect/GlueOps.td"
include "dialect/FusedOp.td"
