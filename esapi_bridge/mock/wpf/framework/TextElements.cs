using System.Collections.Generic;
using System.Collections.ObjectModel;
using System.Windows.Controls.Primitives;
using System.Windows.Media;

namespace System.Windows.Controls
{
    /// <summary>A text to read.</summary>
    public class TextBlock : FrameworkElement
    {
        /// <summary>An empty one.</summary>
        public TextBlock()
        {
            Text = "";
            FontSize = 12;
            FontWeight = FontWeights.Normal;
            TextWrapping = TextWrapping.NoWrap;
        }

        /// <summary>The text.</summary>
        public string Text { get; set; }

        /// <summary>Size of letters, device-independent pixels.</summary>
        public double FontSize { get; set; }

        /// <summary>How heavy letters are.</summary>
        public FontWeight FontWeight { get; set; }

        /// <summary>Colour of letters.</summary>
        public Brush Foreground { get; set; }

        /// <summary>Behind them.</summary>
        public Brush Background { get; set; }

        /// <summary>Room within it.</summary>
        public Thickness Padding { get; set; }

        /// <summary>What becomes of long lines.</summary>
        public TextWrapping TextWrapping { get; set; }

        /// <summary>Where lines stand.</summary>
        public TextAlignment TextAlignment { get; set; }
    }

    /// <summary>A text to write, which nobody writes here.</summary>
    public class TextBox : Control
    {
        /// <summary>An empty one.</summary>
        public TextBox()
        {
            Text = "";
            TextWrapping = TextWrapping.NoWrap;
        }

        /// <summary>The text.</summary>
        public string Text { get; set; }

        /// <summary>Whether it is only to be read.</summary>
        public bool IsReadOnly { get; set; }

        /// <summary>Whether Enter makes a new line.</summary>
        public bool AcceptsReturn { get; set; }

        /// <summary>What becomes of long lines.</summary>
        public TextWrapping TextWrapping { get; set; }

        /// <summary>When there is a bar for across.</summary>
        public ScrollBarVisibility HorizontalScrollBarVisibility { get; set; }

        /// <summary>When there is a bar for up and down.</summary>
        public ScrollBarVisibility VerticalScrollBarVisibility { get; set; }

        /// <summary>Puts a text at the end.</summary>
        public void AppendText(string textData)
        {
            Text += textData;
        }
    }

    /// <summary>The things of a list.</summary>
    public class ItemCollection : Collection<object>
    {
        /// <summary>Adds one; returns its place.</summary>
        public new int Add(object newItem)
        {
            base.Add(newItem);
            return Count - 1;
        }
    }

    /// <summary>A list of things, each shown as its text.</summary>
    public class ItemsControl : Control
    {
        private readonly ItemCollection _items = new ItemCollection();

        /// <summary>The things.</summary>
        public ItemCollection Items { get { return _items; } }

        /// <summary>The things, if they are kept elsewhere; null for <see cref="Items"/>.</summary>
        public System.Collections.IEnumerable ItemsSource { get; set; }

        internal IEnumerable<object> Things
        {
            get
            {
                foreach (object thing in ItemsSource ?? _items)
                {
                    yield return thing;
                }
            }
        }
    }

    /// <summary>A choice was made.</summary>
    public class SelectionChangedEventArgs : RoutedEventArgs
    {
    }

    /// <summary>Hears of a choice.</summary>
    public delegate void SelectionChangedEventHandler(object sender, SelectionChangedEventArgs e);

    /// <summary>A list that opens.</summary>
    public class ComboBox : Selector
    {
        /// <summary>Whether other texts may be written.</summary>
        public bool IsEditable { get; set; }
    }

    /// <summary>A list that is open.</summary>
    public class ListBox : Selector
    {
    }
}

namespace System.Windows.Controls.Primitives
{
    /// <summary>A list of which one thing may be chosen: by the script, as there is nobody else.</summary>
    public abstract class Selector : ItemsControl
    {
        private int _index = -1;

        /// <summary>Another thing was chosen.</summary>
        public event SelectionChangedEventHandler SelectionChanged;

        /// <summary>Place of the chosen thing; -1 for none.</summary>
        public int SelectedIndex
        {
            get
            {
                return _index;
            }

            set
            {
                bool changed = _index != value;
                _index = value;
                if (changed && SelectionChanged != null)
                {
                    SelectionChanged(this, new SelectionChangedEventArgs { Source = this });
                }
            }
        }

        /// <summary>The chosen thing; null for none.</summary>
        public object SelectedItem
        {
            get
            {
                List<object> things = new List<object>(Things);
                return _index < 0 || _index >= things.Count ? null : things[_index];
            }

            set
            {
                SelectedIndex = new List<object>(Things).IndexOf(value);
            }
        }
    }
}
