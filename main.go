// Command pinwatch watches Certificate Transparency logs for certificates that their owners did not expect.
package main

func main() {}
