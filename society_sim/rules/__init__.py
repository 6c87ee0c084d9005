"""Pure rules of decision; they know no society."""
