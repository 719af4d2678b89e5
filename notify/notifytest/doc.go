// Package notifytest has messages to test receivers with: one of every kind and event, hostile ones, and huge ones. It
// is for tests only.
package notifytest
