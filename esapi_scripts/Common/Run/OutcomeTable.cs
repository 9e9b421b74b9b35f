using System.Collections.Generic;
using System.Drawing;
using System.Linq;
using System.Windows.Forms;

namespace EsapiBridge.Scripts
{
    /// <summary>A table that is shown with an outcome.</summary>
    public sealed class OutcomeTable
    {
        private const int MostRowsShown = 12;
        private const int RowPixels = 20, HeaderPixels = 28, FirstColumnPercent = 40, ScrollBarPixels = 20;
        private readonly string[] _header;

        /// <summary>Makes a table.</summary>
        public OutcomeTable(string[] header, IEnumerable<OutcomeRow> rows)
        {
            _header = header;
            Rows = rows.ToList();
        }

        /// <summary>Its rows.</summary>
        public List<OutcomeRow> Rows { get; private set; }

        /// <summary>Pixels that it takes; what is longer is scrolled.</summary>
        public int Height
        {
            get { return HeaderPixels + (RowPixels * System.Math.Min(Rows.Count, MostRowsShown)); }
        }

        /// <summary>Makes the control that shows it.</summary>
        public ListView Show(int left, int top, int width)
        {
            ListView view = new ListView { View = View.Details, FullRowSelect = true, HeaderStyle = ColumnHeaderStyle.Nonclickable };
            view.SetBounds(left, top, width, Height);
            int room = width - ScrollBarPixels;
            int first = room * FirstColumnPercent / 100;
            foreach (string title in _header)
            {
                view.Columns.Add(title, view.Columns.Count == 0 ? first : (room - first) / (_header.Length - 1));
            }
            foreach (OutcomeRow row in Rows)
            {
                view.Items.Add(new ListViewItem(row.Cells) { ForeColor = row.IsRemarkable ? Color.Firebrick : SystemColors.WindowText });
            }
            return view;
        }
    }

    /// <summary>A row of such a table.</summary>
    public sealed class OutcomeRow
    {
        /// <summary>Makes a row.</summary>
        /// <param name="isRemarkable">Whether the eye shall be led to it.</param>
        /// <param name="cells">Its texts.</param>
        public OutcomeRow(bool isRemarkable, params string[] cells)
        {
            IsRemarkable = isRemarkable;
            Cells = cells;
        }

        /// <summary>Whether the eye shall be led to it.</summary>
        public bool IsRemarkable { get; private set; }

        /// <summary>Its texts.</summary>
        public string[] Cells { get; private set; }
    }
}
