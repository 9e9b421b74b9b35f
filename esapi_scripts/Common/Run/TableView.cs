using System;
using System.Drawing;
using System.Windows.Forms;

namespace EsapiBridge.Scripts
{
    /// <summary>Shows the table of an outcome; the first column is the widest.</summary>
    public sealed class TableView : ListView
    {
        private const int MostRowsShown = 12;
        private const int RowPixels = 20, HeaderPixels = 28, ScrollBarPixels = 20, FirstColumnPercent = 40;

        /// <summary>Makes the control; what is longer than a dozen rows is scrolled.</summary>
        public TableView(OutcomeTable table, int left, int top, int width)
        {
            View = View.Details;
            FullRowSelect = true;
            HeaderStyle = ColumnHeaderStyle.Nonclickable;
            SetBounds(left, top, width, HeaderPixels + (RowPixels * Math.Min(table.Rows.Count, MostRowsShown)));
            int room = width - ScrollBarPixels;
            int first = room * FirstColumnPercent / 100;
            foreach (string title in table.Header)
            {
                Columns.Add(title, Columns.Count == 0 ? first : (room - first) / (table.Header.Length - 1));
            }
            foreach (OutcomeRow row in table.Rows)
            {
                Items.Add(new ListViewItem(row.Cells) { ForeColor = row.IsRemarkable ? Color.Firebrick : SystemColors.WindowText });
            }
        }
    }
}
