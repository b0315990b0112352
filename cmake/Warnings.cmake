# Warnings are errors in our own code, on every compiler we are built with.
add_compile_options(-Wall -Wextra -Werror -Wno-unused-parameter)
