# SPDX-License-Identifier: GPL-2.0-or-later
# The lab's library: what the command line in ../lab is made of. Nothing here
# parses arguments, and nothing here knows the options of the program tested
# except matrix.py.
