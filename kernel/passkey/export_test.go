package passkey

// What a test needs to answer as a browser does.
var (
	Challenge   = challenge
	Registering = registering
	CheckAnswer = check
	OwnerOf     = ownerOf
)
