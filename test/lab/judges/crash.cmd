sys
bt
ps
kmem -i
log
quit
