"""Answers that stay private: what is sent in place of a choice and its time."""
