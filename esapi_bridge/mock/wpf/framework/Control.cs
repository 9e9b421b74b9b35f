using System.Windows.Media;

namespace System.Windows.Controls
{
    /// <summary>An element with colours and letters.</summary>
    public class Control : FrameworkElement
    {
        /// <summary>With WPF's own size of letters.</summary>
        public Control()
        {
            FontSize = 12;
            FontWeight = FontWeights.Normal;
        }

        /// <summary>Behind it.</summary>
        public Brush Background { get; set; }

        /// <summary>Its letters.</summary>
        public Brush Foreground { get; set; }

        /// <summary>Its border.</summary>
        public Brush BorderBrush { get; set; }

        /// <summary>How thick the border is.</summary>
        public Thickness BorderThickness { get; set; }

        /// <summary>Room within it.</summary>
        public Thickness Padding { get; set; }

        /// <summary>Size of letters, device-independent pixels.</summary>
        public double FontSize { get; set; }

        /// <summary>How heavy letters are.</summary>
        public FontWeight FontWeight { get; set; }

        /// <summary>Where the content stands across.</summary>
        public HorizontalAlignment HorizontalContentAlignment { get; set; }

        /// <summary>Where the content stands upright.</summary>
        public VerticalAlignment VerticalContentAlignment { get; set; }
    }

    /// <summary>A control with one thing in it: a text or an element.</summary>
    public class ContentControl : Control
    {
        /// <summary>What is in it.</summary>
        public object Content { get; set; }
    }

    /// <summary>
    /// A script's own control. One that is made of XAML needs WPF itself: its InitializeComponent does not run here.
    /// </summary>
    public class UserControl : ContentControl
    {
    }

    /// <summary>A text or picture beside a control.</summary>
    public class Label : ContentControl
    {
    }

    /// <summary>Something too large for its window.</summary>
    public class ScrollViewer : ContentControl
    {
        /// <summary>When there is a bar for across.</summary>
        public ScrollBarVisibility HorizontalScrollBarVisibility { get; set; }

        /// <summary>When there is a bar for up and down.</summary>
        public ScrollBarVisibility VerticalScrollBarVisibility { get; set; }
    }

    /// <summary>A button, which nobody presses here.</summary>
    public class Button : ContentControl
    {
#pragma warning disable 67 // there is nobody who presses
        /// <summary>It was pressed.</summary>
        public event RoutedEventHandler Click;
#pragma warning restore 67

        /// <summary>Whether Enter presses it.</summary>
        public bool IsDefault { get; set; }

        /// <summary>Whether Escape presses it.</summary>
        public bool IsCancel { get; set; }
    }

    /// <summary>A box to tick, which nobody ticks here.</summary>
    public class CheckBox : ContentControl
    {
        /// <summary>An empty box.</summary>
        public CheckBox()
        {
            IsChecked = false;
        }

        /// <summary>Whether it is ticked; null for neither.</summary>
        public bool? IsChecked { get; set; }
    }
}
