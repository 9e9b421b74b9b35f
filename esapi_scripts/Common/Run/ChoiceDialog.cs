using System.Collections.Generic;
using System.Drawing;
using System.Linq;
using System.Windows.Forms;

namespace EsapiBridge.Scripts
{
    /// <summary>A question with several rows, each answered by one of the same choices or left open.</summary>
    public sealed class ChoiceDialog : Form
    {
        /// <summary>The entry of a row that is left open.</summary>
        public const string Open = "(by its name)";

        private const int RowPixels = 27;
        private const int TextPixels = 110;
        private readonly Dictionary<string, ComboBox> _boxes = new Dictionary<string, ComboBox>();

        /// <summary>Makes the dialog.</summary>
        /// <param name="question">What is asked.</param>
        /// <param name="chosen">Rows in order, with the choice each has already; null for none.</param>
        /// <param name="choices">What may be chosen.</param>
        public ChoiceDialog(string question, IList<KeyValuePair<string, string>> chosen, IEnumerable<string> choices)
        {
            object[] items = new object[] { Open }.Concat(choices).ToArray();
            ClientSize = new Size(460, TextPixels + (RowPixels * chosen.Count) + 60);
            FormBorderStyle = FormBorderStyle.FixedDialog;
            MaximizeBox = MinimizeBox = false;
            StartPosition = FormStartPosition.CenterScreen;
            TopMost = true; // Eclipse waits for the answer and shows nothing meanwhile
            Text = "Which structure is which? (esapi-bridge)";
            Label text = new Label { Text = question };
            text.SetBounds(16, 12, 428, TextPixels - 20);
            Controls.Add(text);
            int top = TextPixels;
            foreach (KeyValuePair<string, string> row in chosen)
            {
                Label name = new Label { Text = row.Key };
                name.SetBounds(16, top + 3, 160, RowPixels - 5);
                ComboBox box = new ComboBox { DropDownStyle = ComboBoxStyle.DropDownList };
                box.SetBounds(180, top, 264, RowPixels - 5);
                box.Items.AddRange(items);
                box.SelectedItem = items.Contains(row.Value) ? row.Value : Open;
                _boxes.Add(row.Key, box);
                Controls.AddRange(new Control[] { name, box });
                top += RowPixels;
            }
            AcceptButton = AddButton("Go on", 220, top + 14, DialogResult.OK);
            CancelButton = AddButton("Cancel", 336, top + 14, DialogResult.Cancel);
        }

        /// <summary>The rows that are answered.</summary>
        public Dictionary<string, string> Answers()
        {
            return _boxes.Where(box => (string)box.Value.SelectedItem != Open)
                .ToDictionary(box => box.Key, box => (string)box.Value.SelectedItem);
        }

        private Button AddButton(string text, int left, int top, DialogResult result)
        {
            Button button = new Button { Text = text, DialogResult = result };
            button.SetBounds(left, top, 108, 30);
            Controls.Add(button);
            return button;
        }
    }
}
