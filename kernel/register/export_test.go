package register

// Write and Read are what the lines are stored with.
var Write, Read = write, read
