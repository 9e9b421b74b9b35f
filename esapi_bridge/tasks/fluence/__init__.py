"""The fluence task: contours and wanted dose in, optimal fluence out."""
