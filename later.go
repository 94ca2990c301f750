package main

import (
	"context"
	"errors"
)

func backupCommand(ctx context.Context, c *call) error  { return errors.New("not yet") }
func restoreCommand(ctx context.Context, c *call) error { return errors.New("not yet") }
func verifyCommand(ctx context.Context, c *call) error  { return errors.New("not yet") }
func importCommand(ctx context.Context, c *call) error  { return errors.New("not yet") }
