using System.Collections.Generic;
using System.Linq;

namespace EsapiBridge.Scripts
{
    /// <summary>A table that is shown with an outcome.</summary>
    public sealed class OutcomeTable
    {
        /// <summary>Makes a table.</summary>
        public OutcomeTable(string[] header, IEnumerable<OutcomeRow> rows)
        {
            Header = header;
            Rows = rows.ToList();
        }

        /// <summary>Titles of its columns.</summary>
        public string[] Header { get; private set; }

        /// <summary>Its rows.</summary>
        public List<OutcomeRow> Rows { get; private set; }
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
