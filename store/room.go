package store

import (
	"fmt"
	"syscall"
)

// needRoom fails where a file system certainly has not so many bytes left. Better now than after an hour.
func needRoom(dir string, bytes int64) error {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil || fs.Blocks == 0 {
		return nil // it will be seen
	}
	if free := int64(fs.Bavail) * fs.Bsize; free < bytes {
		return &Error{Path: dir, Kind: ErrFull, Err: fmt.Errorf("%d MB are needed there, %d MB are free", bytes>>20+1, free>>20)}
	}
	return nil
}
