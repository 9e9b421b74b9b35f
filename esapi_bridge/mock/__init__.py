"""A mock of Eclipse: its scripting API and its window in C#, a patient database, and what it has calculated."""
